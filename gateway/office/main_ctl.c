/* guichetctl: the operator's terminal. */
#include "gateway/office/ctl.h"

int main(int argc, char **argv)
{
	return ctl_run(argc, argv);
}
