#include "agent/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <touchstone/plugin.h>
#include <unistd.h>

#include "agent/device.h"

static const char usage[] =
    "touchstone-agent [OPTION...]: plays LiteIPC for a Touchstone at the other end of a line\n"
    "  --device PATH        the device, else /dev/lite_ipc\n"
    "  --stdio              the line is standard input and output (if no other is given)\n"
    "  --unix PATH          it is who connects to this socket, each with an instance of its own\n"
    "  --tcp PORT           the same for a port of this machine's own address; 0: any\n"
    "  --serial DEVICE      it is a serial line, 115200 8N1\n"
    "  --once               ends with the first conversation\n"
    "  --capabilities WORDS what can be judged here, by commas, else what Linux can do:\n"
    "                       fork,exec,fd,fd-identity, as root credentials, in 64 bits user-range\n"
    "  --tasks N            how many task ids the implementation has, else those of the system\n"
    "  --processes N        how many processes it has, else 64\n"
    "  --watch PID          a process that works for calls: nothing is over while it runs\n"
    "  --fresh              the implementation itself is new for each conversation\n"
    "  --settle-ms N        longest time for an order, else 20000\n";

static const struct {
  const char* word;
  uint32_t bit;
} capabilities[] = {{"fork", TOUCHSTONE_CAP_FORK},
                    {"exec", TOUCHSTONE_CAP_EXEC},
                    {"credentials", TOUCHSTONE_CAP_CREDENTIALS},
                    {"fd", TOUCHSTONE_CAP_FD_PASSING},
                    {"fd-identity", TOUCHSTONE_CAP_DESCRIPTOR_IDENTITY},
                    {"fd-count", TOUCHSTONE_CAP_DESCRIPTOR_COUNT},
                    {"user-range", TOUCHSTONE_CAP_USER_RANGE}};

static int wrong(const char* what, const char* given) {
  fprintf(stderr, "touchstone-agent: %s `%s`\n%s", what, given, usage);
  return 0;
}

static int read_number(const char* text, uint32_t least, uint32_t most, uint32_t* number) {
  char* end = NULL;
  const unsigned long value = strtoul(text, &end, 10);
  if (*text < '0' || *text > '9' || *end != '\0' || value < least || value > most) {
    return wrong("no number that can be:", text);
  }
  *number = (uint32_t)value;
  return 1;
}

static int read_capabilities(const char* words, uint32_t* bits) {
  *bits = 0;
  while (*words != '\0') {
    const size_t length = strcspn(words, ",");
    uint32_t bit = 0;
    for (size_t i = 0; i < sizeof capabilities / sizeof capabilities[0]; ++i) {
      const char* const known = capabilities[i].word;
      if (strlen(known) == length && memcmp(known, words, length) == 0) bit = capabilities[i].bit;
    }
    if (bit == 0) return wrong("no capability of an agent:", words);
    *bits |= bit;
    words += length + (words[length] == ',');
  }
  return 1;
}

static int read_watched(const char* text, struct settings* settings) {
  uint32_t number = 0;
  if (settings->watched_count == watched_max) return wrong("one too many to watch:", text);
  if (!read_number(text, 1, INT32_MAX, &number)) return 0;
  settings->watched[settings->watched_count++] = (int32_t)number;
  return 1;
}

/* Options without a value; 1 if it is one. */
static int take_word(const char* word, struct options* options) {
  if (strcmp(word, "--stdio") == 0) {
    options->way = by_streams;
  } else if (strcmp(word, "--once") == 0) {
    options->once = 1;
  } else if (strcmp(word, "--fresh") == 0) {
    options->settings.flags |= TOUCHSTONE_AGENT_FRESH;
  } else if (strcmp(word, "--help") == 0) {
    fputs(usage, stdout);
    exit(0);
  } else {
    return 0;
  }
  return 1;
}

static int take_value(const char* word, const char* value, struct options* options) {
  struct settings* const settings = &options->settings;
  if (strcmp(word, "--device") == 0) {
    settings->device = value;
  } else if (strcmp(word, "--unix") == 0) {
    options->way = by_path;
    options->path = value;
  } else if (strcmp(word, "--serial") == 0) {
    options->way = by_line;
    options->serial = value;
  } else if (strcmp(word, "--tcp") == 0) {
    options->way = by_port;
    return read_number(value, 0, 65535, &options->port);
  } else if (strcmp(word, "--capabilities") == 0) {
    return read_capabilities(value, &settings->capabilities);
  } else if (strcmp(word, "--tasks") == 0) {
    return read_number(value, task_limit_min, task_limit_max, &settings->task_limit);
  } else if (strcmp(word, "--processes") == 0) {
    return read_number(value, 4, 65536, &settings->process_limit);
  } else if (strcmp(word, "--watch") == 0) {
    return read_watched(value, settings);
  } else if (strcmp(word, "--settle-ms") == 0) {
    return read_number(value, 1, 3600000, &settings->settle_ms_max);
  } else {
    return wrong("no option", word);
  }
  return 1;
}

/* Not where a descriptor counts that is on its way: that is the implementation's own matter
 * (OBJ-8).
 */
static uint32_t capabilities_of_linux(void) {
  uint32_t bits = TOUCHSTONE_CAP_FORK | TOUCHSTONE_CAP_EXEC | TOUCHSTONE_CAP_FD_PASSING |
                  TOUCHSTONE_CAP_DESCRIPTOR_IDENTITY;
  if (geteuid() == 0) bits |= TOUCHSTONE_CAP_CREDENTIALS;
  /* Where Linux ends a program of 32 bits is another place than on LiteOS-A's boards. */
  if (sizeof(void*) > 4) bits |= TOUCHSTONE_CAP_USER_RANGE;
  return bits;
}

int read_options(int argc, char** argv, struct options* options) {
  memset(options, 0, sizeof *options);
  options->settings.device = "/dev/lite_ipc";
  options->settings.capabilities = capabilities_of_linux();
  options->settings.flags = TOUCHSTONE_AGENT_REAL_TIME;
  options->settings.task_limit = device_task_limit();
  options->settings.process_limit = 64;
  options->settings.settle_ms_max = 20000;
  for (int i = 1; i < argc; ++i) {
    if (take_word(argv[i], options)) continue;
    if (i + 1 == argc) return wrong("no value behind", argv[i]);
    if (!take_value(argv[i], argv[i + 1], options)) return 0;
    ++i;
  }
  if (strlen(options->settings.device) > 255) return wrong("too long:", options->settings.device);
  return 1;
}
