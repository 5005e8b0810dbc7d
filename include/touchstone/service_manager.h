/* service_manager.h: how a service manager of LiteIPC, in any language, shows itself to Touchstone:
 * a shared object with one exported symbol, touchstone_service_manager(), that gives a table of
 * function pointers.  Plain C11 (and C++).  What it must do: spec/14-services.md.
 *
 * WHAT YOU PLAY.  The manager behind handle 0, without its kernel: requests come in as bytes,
 * answers go out as bytes, and what it would ask of the kernel are two callbacks.  Calls come one
 * at a time, in one thread.  Each case has a manager of its own, in a child process of its own. */
#ifndef TOUCHSTONE_SERVICE_MANAGER_H
#define TOUCHSTONE_SERVICE_MANAGER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TOUCHSTONE_SERVICE_MANAGER_EXPORT __attribute__((visibility("default")))

/* Raised when the table's meaning changes.  New fields are only ever appended: struct_bytes tells
 * how many you have, and what you do not have is taken as NULL. */
#define TOUCHSTONE_SERVICE_MANAGER_VERSION 1u

/* Data models of parcels, as bits of `data_models`; create() is given one of them. */
#define TOUCHSTONE_PARCELS_ILP32 1u
#define TOUCHSTONE_PARCELS_LP64 2u

/* What the manager asks of the kernel.  Each returns 0, or minus an errno.  May be called only
 * within handle(); `host` is handed back as it was given. */
struct touchstone_service_manager_host {
  void* host;
  /* GEN_HANDLE: the handle under which the task serves. */
  int32_t (*generate_handle)(void* host, uint32_t task, uint32_t* handle);
  /* ADD_ACCESS: the process of the task `client` may call the service. */
  int32_t (*add_access)(void* host, uint32_t client, uint32_t service);
};

/* A parcel: `offsets` are those of its objects, from the start of `data`. */
struct touchstone_parcel {
  const void* data;
  size_t data_bytes;
  const uint32_t* offsets;
  size_t offset_count;
};

/* A request as the kernel delivers it.  Nothing of it may be kept. */
struct touchstone_service_manager_request {
  uint32_t process; /* the sender, as the kernel names it */
  uint32_t task;
  uint32_t user;
  uint32_t token; /* of its target */
  uint32_t code;
  uint32_t is_one_way; /* 0 or 1 */
  uint64_t now_ns;     /* the kernel's clock, which never goes back */
  struct touchstone_parcel parcel;
};

/* Why a bindings file was refused: line and column from 1.  `reason` is text of yours with a NUL.
 */
struct touchstone_bindings_refusal {
  uint32_t line;
  uint32_t column;
  const char* reason;
};

/* The manager, and an endpoint, that were made; define the structs as you like. */
struct touchstone_manager;
struct touchstone_endpoint;

/* What a function gives back, answers and reasons, stays valid until the next call with the same
 * manager. */
struct touchstone_service_manager_table {
  uint32_t interface_version; /* TOUCHSTONE_SERVICE_MANAGER_VERSION */
  uint32_t struct_bytes;      /* sizeof(struct touchstone_service_manager_table) */
  const char* name;           /* of your implementation, for reports and waivers */
  const char* version;        /* of your implementation */
  uint32_t data_models;       /* TOUCHSTONE_PARCELS_.. */
  uint32_t message_bytes_max; /* what you make yourself the CMS with */

  /* ----- REQUIRED ----- */

  /* A manager that knows nobody and has no bindings.  NULL if that cannot be. */
  struct touchstone_manager* (*create)(uint32_t data_model,
                                       const struct touchstone_service_manager_host* host);
  void (*destroy)(struct touchstone_manager* manager);
  /* The text of a bindings file, without a NUL.  Returns 0, or 1 where it is refused. */
  int32_t (*load_bindings)(struct touchstone_manager* manager, const char* text, size_t bytes,
                           struct touchstone_bindings_refusal* refusal);
  /* Returns 1 with an answer, 0 where the request is given back without one. */
  int32_t (*handle)(struct touchstone_manager* manager,
                    const struct touchstone_service_manager_request* request,
                    struct touchstone_parcel* answer);
  void (*process_ended)(struct touchstone_manager* manager, uint32_t process);

  /* ----- OPTIONAL: NULL makes the cases that need it `unsupported` ----- */

  /* How many services and features the process holds references to. */
  uint32_t (*references)(struct touchstone_manager* manager, uint32_t process);

  /* An endpoint's own check of its calls (the five stand or fall together). */
  struct touchstone_endpoint* (*create_endpoint)(uint32_t data_model);
  void (*destroy_endpoint)(struct touchstone_endpoint* endpoint);
  /* One more service, of that token; exempt from policies or without any. */
  void (*add_service)(struct touchstone_endpoint* endpoint, uint32_t token, uint32_t is_exempt);
  /* The answer to the service's PUT. */
  void (*learn)(struct touchstone_endpoint* endpoint, uint32_t token,
                const struct touchstone_parcel* answer);
  /* Returns 1 where the call is carried out, 0 where it is given back without an answer. */
  int32_t (*takes)(struct touchstone_endpoint* endpoint, uint32_t user, uint32_t token,
                   uint64_t now_ns);

  /* A client that gathers the names in answers to SYSCAP ALL, with room for `capacity` of them.
   * Returns how many it keeps. */
  uint32_t (*gather)(uint32_t data_model, uint32_t capacity,
                     const struct touchstone_parcel* answers, size_t answer_count);
};

/* The one symbol that a library exports.  The table must stay valid and unchanged until the process
 * ends. */
TOUCHSTONE_SERVICE_MANAGER_EXPORT const struct touchstone_service_manager_table*
touchstone_service_manager(void);

#ifdef __cplusplus
}
#endif

#endif
