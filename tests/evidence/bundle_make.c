/* bundle_make FOLDER ZIP [CONTENT_KEY]: the bundle of a folder of evidence, for tests. What the writer makes itself
 * (agent.pub, grants/, SHA256SUMS) is not taken from the folder. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "gateway/office/bundle_folder.h"

int main(int argc, char **argv)
{
	struct bundle_folder folder = { .evidence = argc > 1 ? argv[1] : NULL };
	const struct bundle_source source = bundle_folder_source(&folder);
	const struct bundle_options o = { .content_key = argc > 3 ? argv[3] : NULL };
	char trouble[BUNDLE_TROUBLE_MAX];
	int fd = argc > 2 ? open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;

	if (fd < 0) {
		fputs("bundle_make FOLDER ZIP [CONTENT_KEY]\n", stderr);
		return 2;
	}
	if (bundle_write(&source, &o, fd, trouble)) {
		fprintf(stderr, "bundle_make: %s\n", trouble);
		return 1;
	}
	return close(fd) != 0;
}
