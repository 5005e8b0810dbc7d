/* few_parcel_functions.c: a serializer of two functions, of which neither does anything. */
#include <stddef.h>
#include <stdint.h>

void IpcIoInit(void* io, void* buffer, size_t size, size_t objects);
void IpcIoPushInt32(void* io, int32_t value);

void IpcIoInit(void* io, void* buffer, size_t size, size_t objects) {
  (void)io, (void)buffer, (void)size, (void)objects;
}

void IpcIoPushInt32(void* io, int32_t value) { (void)io, (void)value; }
