/* dbus_round_trip.c: what round_trip.c measures, with libdbus and over the bus at
 * $DBUS_SESSION_BUS_ADDRESS.
 *   dbus_round_trip --service
 *   dbus_round_trip [--ms=N] [--bytes=N | --buffer=N]
 * The service sends the bytes of a call back; of a buffer it sends the sum of its words. */
#define _GNU_SOURCE
#include <dbus/dbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/client/testing/options.h"
#include "daemon/client/testing/stopwatch.h"
#include "daemon/client/testing/words.h"

#define NAME "org.touchstone.RoundTrip"
#define OBJECT "/org/touchstone/RoundTrip"

static struct stopwatch watch;
static DBusError error;

static void give_up(const char* what) {
  fprintf(stderr, "dbus_round_trip: %s: %s\n", what,
          dbus_error_is_set(&error) ? error.message : "failed");
  exit(1);
}

struct bytes {
  const char* at;
  int count;
};

static void append(DBusMessage* message, const struct bytes* bytes) {
  if (!dbus_message_append_args(message, DBUS_TYPE_ARRAY, DBUS_TYPE_BYTE, &bytes->at, bytes->count,
                                DBUS_TYPE_INVALID)) {
    give_up("append");
  }
}

static struct bytes bytes_of(DBusMessage* message) {
  struct bytes bytes = {NULL, 0};
  if (!dbus_message_get_args(message, &error, DBUS_TYPE_ARRAY, DBUS_TYPE_BYTE, &bytes.at,
                             &bytes.count, DBUS_TYPE_INVALID)) {
    give_up("arguments");
  }
  return bytes;
}

static DBusHandlerResult answer(DBusConnection* bus, DBusMessage* call, void* context) {
  (void)context;
  if (!dbus_message_has_interface(call, NAME)) return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
  struct bytes bytes = bytes_of(call);
  uint64_t sum = 0;
  if (dbus_message_has_member(call, "Sum")) {
    sum = sum_of_words(bytes.at, (size_t)bytes.count);
    bytes = (struct bytes){(const char*)&sum, sizeof sum};
  }
  DBusMessage* reply = dbus_message_new_method_return(call);
  if (reply == NULL) give_up("reply");
  append(reply, &bytes);
  if (!dbus_connection_send(bus, reply, NULL)) give_up("send");
  dbus_message_unref(reply);
  return DBUS_HANDLER_RESULT_HANDLED;
}

static void serve(DBusConnection* bus) {
  const DBusObjectPathVTable object = {.message_function = answer};
  if (!dbus_connection_register_object_path(bus, OBJECT, &object, NULL)) give_up("object");
  if (dbus_bus_request_name(bus, NAME, 0, &error) != DBUS_REQUEST_NAME_REPLY_PRIMARY_OWNER) {
    give_up("name");
  }
  puts("ready");
  fflush(stdout);
  while (dbus_connection_read_write_dispatch(bus, -1)) {
  }
}

static void round_trip(DBusConnection* bus, const char* method, const struct bytes* sent,
                       const struct bytes* expected) {
  DBusMessage* call = dbus_message_new_method_call(NAME, OBJECT, NAME, method);
  if (call == NULL) give_up("call");
  append(call, sent);
  DBusMessage* reply = dbus_connection_send_with_reply_and_block(bus, call, -1, &error);
  if (reply == NULL) give_up("send");
  const struct bytes got = bytes_of(reply);
  if (got.count != expected->count || memcmp(got.at, expected->at, (size_t)got.count) != 0) {
    give_up("a wrong reply");
  }
  dbus_message_unref(reply);
  dbus_message_unref(call);
}

int main(int count, char** arguments) {
  const struct trip_options options = read_trip_options(count, arguments);
  dbus_error_init(&error);
  DBusConnection* bus = dbus_bus_get(DBUS_BUS_SESSION, &error);
  if (bus == NULL) give_up("bus");
  if (options.serves) serve(bus);
  const int sums = options.buffer_bytes > 0;
  const size_t bytes = sums ? options.buffer_bytes : options.bytes;
  const struct bytes sent = {new_words(bytes), (int)bytes};
  const uint64_t sum = sum_of_words(sent.at, bytes);
  const struct bytes summed = {(const char*)&sum, sizeof sum};
  while (stopwatch_goes_on(&watch, options.ms)) {
    round_trip(bus, sums ? "Sum" : "Echo", &sent, sums ? &summed : &sent);
  }
  stopwatch_print(&watch);
  return 0;
}
