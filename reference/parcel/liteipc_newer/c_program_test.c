/* A C program that uses the newer API as LiteIPC programs do: the header is C, and what one parcel
 * says another reads. */
#include "reference/parcel/liteipc_newer/c_program_test.h"

#include <serializer.h>
#include <stdlib.h>
#include <string.h>

static bool fill(IpcIo* request) {
  const SvcIdentity service = {3, 9, 7};
  const int16_t numbers[3] = {-1, 2, 3};
  const uint16_t name[2] = {'i', 'f'};
  return WriteInterfaceToken(request, name, 2) && WriteInt32(request, -5) &&
         WriteString(request, "hello") && WriteInt16Vector(request, numbers, 3) &&
         WriteRemoteObject(request, &service) && WriteRawData(request, name, sizeof name);
}

static int read_all(IpcIo* received) {
  SvcIdentity service;
  int32_t number = 0;
  size_t length = 0;
  int16_t* numbers;
  int16_t last;

  if (ReadInterfaceToken(received, &length) == NULL || length != 2) return 2;
  if (!ReadInt32(received, &number) || number != -5) return 3;
  if (strcmp(ReadString(received, &length), "hello") != 0 || length != 5) return 4;
  numbers = ReadInt16Vector(received, &length);
  if (numbers == NULL || length != 3) return 5;
  last = numbers[2];
  free(numbers);
  if (last != 3) return 6;
  if (!ReadRemoteObject(received, &service) || service.cookie != 7) return 7;
  if (ReadRawData(received, 4) == NULL) return 8;
  return received->bufferLeft == 0 ? 0 : 9;
}

int run_newer_c_program(void) {
  char buffer[MAX_IO_SIZE];
  IpcIo request;
  IpcIo received;

  IpcIoInit(&request, buffer, sizeof buffer, 1);
  if (!fill(&request)) return 1;
  received = request;
  received.bufferCur = request.bufferBase;
  received.bufferLeft = (size_t)(request.bufferCur - request.bufferBase);
  received.offsetsCur = request.offsetsBase;
  received.offsetsLeft = (size_t)(request.offsetsCur - request.offsetsBase);
  return read_all(&received);
}
