/** words: the 2,048 words of common/words_fr.txt for the tests. */
import { readFileSync } from "node:fs";

export const wordsText = readFileSync(new URL("../../../common/words_fr.txt", import.meta.url), "utf8");
export const wordList = wordsText.trim().split("\n");
