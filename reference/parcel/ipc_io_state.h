// ipc_io_state.h: a C program's IpcIo as a Parcel of this machine's data model, and back.  For the
// legacy IpcIo and for the newer one, which differ in what lies behind these fields.
#pragma once

#include "reference/parcel/parcel.h"

namespace touchstone::parcel {

template <typename IpcIo>
Parcel parcel_of(const IpcIo& io) {
  auto* data = reinterpret_cast<std::byte*>(io.bufferBase);
  // PCL-43: without a cursor there is no table, whatever the counts say.
  auto* table = reinterpret_cast<std::byte*>(io.offsetsCur == nullptr ? nullptr : io.offsetsBase);
  return Parcel(host_model,
                {.data = data,
                 .used = static_cast<std::size_t>(io.bufferCur - io.bufferBase),
                 .left = io.bufferLeft,
                 .table = table,
                 .entries_used = static_cast<std::size_t>(io.offsetsCur - io.offsetsBase),
                 .entries_left = io.offsetsLeft,
                 .flag = io.flag,
                 .writable_data = data,
                 .writable_table = table});
}

// After a push or a pop: cursors, what is left, and the marks.
template <typename IpcIo>
void move_on(IpcIo& io, const Parcel& parcel) {
  io.bufferCur = io.bufferBase + parcel.used();
  io.bufferLeft = parcel.left();
  if (io.offsetsCur != nullptr) io.offsetsCur = io.offsetsBase + parcel.entries_used();
  io.offsetsLeft = parcel.entries_left();
  io.flag = parcel.flag();
}

// After an init.  The table may have any address, so it is never read or written through this type.
template <typename IpcIo>
void start(IpcIo& io, const Parcel& parcel) {
  const ParcelState& state = parcel.state();
  io.bufferBase = const_cast<char*>(reinterpret_cast<const char*>(state.data));
  io.offsetsBase = const_cast<std::size_t*>(reinterpret_cast<const std::size_t*>(state.table));
  io.bufferCur = io.bufferBase;
  io.offsetsCur = io.offsetsBase;
  move_on(io, parcel);
}

// Performs `operate(view)` on the parcel that `io` is; gives `failed` where there is none (PCL-8).
template <typename View, typename IpcIo, typename Result, typename Operate>
Result operate_on(IpcIo* io, Result failed, Operate operate) {
  if (io == nullptr) return failed;
  Parcel parcel = parcel_of(*io);
  View view(parcel);
  const Result result = operate(view);
  move_on(*io, parcel);
  return result;
}

}  // namespace touchstone::parcel
