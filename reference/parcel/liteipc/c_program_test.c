/* A C program that uses the legacy API as LiteIPC programs do: the headers are C, and what one
 * parcel says another reads. */
#include "reference/parcel/liteipc/c_program_test.h"

#include <serializer.h>
#include <string.h>

static int freed_count;

static void count_free(void* buff) { freed_count += buff != NULL; }

static void fill(IpcIo* request, BuffPtr* attachment) {
  const SvcIdentity service = {3, 9, 0};
  IpcIoPushInt32(request, -5);
  IpcIoPushString(request, "hello");
  IpcIoPushFlatObj(request, &service, sizeof service);
  IpcIoPushSvc(request, &service);
  IpcIoPushDataBuffWithFree(request, attachment, count_free);
}

int run_legacy_c_program(void) {
  char buffer[MAX_IO_SIZE];
  IpcIo request;
  IpcIo received;
  IpcMsg message;
  BuffPtr attachment = {16, buffer};
  size_t length = 0;
  uint32_t size = 0;

  IpcIoInit(&request, buffer, sizeof buffer, 2);
  fill(&request, &attachment);
  if (!IpcIoAvailable(&request)) return 1;

  memset(&message, 0, sizeof message);
  message.data = request.bufferBase;
  message.dataSz = (uint32_t)(request.bufferCur - request.bufferBase);
  message.offsets = request.offsetsBase;
  message.spObjNum = (uint32_t)(request.offsetsCur - request.offsetsBase);
  IpcIoInitFromMsg(&received, &message);
  if (IpcIoPopInt32(&received) != -5) return 2;
  if (strcmp(IpcIoPopString(&received, &length), "hello") != 0 || length != 5) return 3;
  if (IpcIoPopFlatObj(&received, &size) == NULL || size != sizeof(SvcIdentity)) return 4;
  if (IpcIoPopSvc(&received) == NULL) return 5;
  if (IpcIoPopDataBuff(&received) == NULL) return 6;
  if (!IpcIoAvailable(&received) || received.bufferLeft != 0) return 7;

  freed_count = 0;
  IpcIoFreeDataBuff(&request);
  return freed_count == 1 ? 0 : 8;
}
