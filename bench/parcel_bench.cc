// What it costs to write a parcel of ten fields and to read it again: init, push, init from
// message, pop, in LP64.  The message of fact marshalling 6.  Items are messages.
#include <benchmark/benchmark.h>
#include <serializer.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "reference/parcel/parcel_reader.h"
#include "reference/parcel/parcel_writer.h"

namespace touchstone::parcel {
namespace {

constexpr std::size_t message_bytes = 112;

struct Fields {
  std::int32_t int32 = -5;
  std::uint32_t uint32 = 7;
  std::int64_t int64 = -1234567890123;
  bool truth = true;
  std::uint8_t uint8 = 200;
  const char* text = "nineteen characters";
  std::array<std::byte, 24> flat{};
  Service service{3, 9, 0};
  std::int16_t int16 = -300;
  std::uint64_t uint64 = 1ull << 60;
};

void check(bool condition) {
  if (!condition) std::abort();
}

void push_all(Parcel& parcel, const Fields& fields) {
  ParcelWriter to(parcel);
  to.push_int32(fields.int32);
  to.push_uint32(fields.uint32);
  to.push_int64(fields.int64);
  to.push_bool(fields.truth);
  to.push_uint8(fields.uint8);
  to.push_c_string(fields.text);
  to.push_flat_object(fields.flat);
  to.push_service(fields.service);
  to.push_int16(fields.int16);
  to.push_uint64(fields.uint64);
}

// What was popped, made into one number so that nothing of it is left out.
std::uint64_t pop_all(Parcel& parcel) {
  ParcelReader from(parcel);
  std::uint64_t sum = static_cast<std::uint64_t>(*from.pop_int32());
  sum += *from.pop_uint32();
  sum += static_cast<std::uint64_t>(*from.pop_int64());
  sum += *from.pop_bool() ? 1 : 0;
  sum += *from.pop_uint8();
  sum += from.pop_string().bytes.size();
  sum += from.pop_flat_object().bytes.size();
  sum += from.pop_service()->handle;
  sum += static_cast<std::uint64_t>(*from.pop_int16());
  return sum + *from.pop_uint64();
}

void BM_Parcel(benchmark::State& state) {
  Fields fields;
  std::array<std::byte, 256> buffer;
  for (auto _ : state) {
    benchmark::DoNotOptimize(&fields);
    benchmark::ClobberMemory();
    Parcel sent(DataModel::lp64);
    sent.init(buffer, 1);
    push_all(sent, fields);
    benchmark::ClobberMemory();
    Parcel received(DataModel::lp64);
    received.init_from_message(sent.data(), sent.table());
    benchmark::DoNotOptimize(pop_all(received));
    check(received.available() && received.used() == message_bytes);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Parcel);
// Two fixed counts, so that the difference of two runs under callgrind is 10,000 messages and no
// start-up.
BENCHMARK(BM_Parcel)->Name("BM_ParcelCounted/1000")->Iterations(1000);
BENCHMARK(BM_Parcel)->Name("BM_ParcelCounted/11000")->Iterations(11000);

void push_all(IpcIo* to, const Fields& fields) {
  const SvcIdentity service{fields.service.handle, fields.service.token, fields.service.cookie};
  IpcIoPushInt32(to, fields.int32);
  IpcIoPushUint32(to, fields.uint32);
  IpcIoPushInt64(to, fields.int64);
  IpcIoPushBool(to, fields.truth);
  IpcIoPushUint8(to, fields.uint8);
  IpcIoPushString(to, fields.text);
  IpcIoPushFlatObj(to, fields.flat.data(), static_cast<std::uint32_t>(fields.flat.size()));
  IpcIoPushSvc(to, &service);
  IpcIoPushInt16(to, fields.int16);
  IpcIoPushUint64(to, fields.uint64);
}

std::uint64_t pop_all(IpcIo* from) {
  std::size_t string_bytes = 0;
  std::uint32_t flat_bytes = 0;
  std::uint64_t sum = static_cast<std::uint64_t>(IpcIoPopInt32(from));
  sum += IpcIoPopUint32(from);
  sum += static_cast<std::uint64_t>(IpcIoPopInt64(from));
  sum += IpcIoPopBool(from) ? 1 : 0;
  sum += IpcIoPopUint8(from);
  check(IpcIoPopString(from, &string_bytes) != nullptr);
  check(IpcIoPopFlatObj(from, &flat_bytes) != nullptr);
  sum += string_bytes + flat_bytes;
  sum += load_here<std::uint32_t>(reinterpret_cast<const std::byte*>(IpcIoPopSvc(from)));
  sum += static_cast<std::uint64_t>(IpcIoPopInt16(from));
  return sum + IpcIoPopUint64(from);
}

void BM_ParcelInC(benchmark::State& state) {
  Fields fields;
  std::array<std::byte, 256> buffer;
  for (auto _ : state) {
    benchmark::DoNotOptimize(&fields);
    IpcIo sent;
    IpcIoInit(&sent, buffer.data(), buffer.size(), 1);
    push_all(&sent, fields);
    IpcMsg message{};
    message.dataSz = static_cast<std::uint32_t>(sent.bufferCur - sent.bufferBase);
    message.data = sent.bufferBase;
    message.spObjNum = static_cast<std::uint32_t>(sent.offsetsCur - sent.offsetsBase);
    message.offsets = sent.offsetsBase;
    IpcIo received;
    IpcIoInitFromMsg(&received, &message);
    benchmark::DoNotOptimize(pop_all(&received));
    check(IpcIoAvailable(&received) && message.dataSz == message_bytes);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_ParcelInC);
BENCHMARK(BM_ParcelInC)->Name("BM_ParcelInCCounted/1000")->Iterations(1000);
BENCHMARK(BM_ParcelInC)->Name("BM_ParcelInCCounted/11000")->Iterations(11000);

}  // namespace
}  // namespace touchstone::parcel
