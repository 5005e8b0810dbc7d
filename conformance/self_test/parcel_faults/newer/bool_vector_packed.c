/* NPC-16: a vector of bool has one byte an element. */
#include <serializer.h>

bool right_WriteInt8Vector(IpcIo* io, const int8_t* value, size_t size);

bool WriteBoolVector(IpcIo* io, const bool* value, size_t size) {
  return right_WriteInt8Vector(io, (const int8_t*)value, size);
}
