/* words.h: a lot of bytes, and a sum that says that they have all come. */
#ifndef LITE_IPC_WORDS_H
#define LITE_IPC_WORDS_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline void* new_words(size_t bytes) {
  unsigned char* at = malloc(bytes > 0 ? bytes : 1);
  if (at == NULL) exit(1);
  for (size_t i = 0; i < bytes; ++i) at[i] = (unsigned char)(i * 7 + i / 256);
  return at;
}

/* Of whole words; they need not lie at whole words. */
static inline uint64_t sum_of_words(const void* words, size_t bytes) {
  uint64_t sum = 0;
  for (size_t i = 0; i + sizeof sum <= bytes; i += sizeof sum) {
    uint64_t word = 0;
    memcpy(&word, (const char*)words + i, sizeof word);
    sum += word;
  }
  return sum;
}

#endif
