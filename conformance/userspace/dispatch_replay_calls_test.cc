// Observations of calls: context, sending, replying, giving back.
#include <algorithm>
#include <tuple>

#include "conformance/userspace/dispatch_replay.h"
#include "reference/kernel/abi.h"
#include "reference/userspace/client.h"

namespace touchstone::userspace {
namespace {

using Kind = DriverCall::Kind;
using Refusable = DispatchPort::Refusable;
using Type = PortMessageType;

}  // namespace

void Replay::numbers() {
  using dispatch::Error;
  add("constants", {{"LITEIPC_OK", 0},
                    {"LITEIPC_EINTNL", static_cast<int>(Error::internal)},
                    {"LITEIPC_ENOENT", static_cast<int>(Error::not_found)},
                    {"LITEIPC_EBADF", static_cast<int>(Error::bad_descriptor)},
                    {"LITEIPC_EINVAL", static_cast<int>(Error::invalid_argument)},
                    {"MAX_DEATHCB_PER_SVC", dispatch::death_callbacks_max},
                    {"IPC_TIMEOUT_MIN", dispatch::timeout_ms_min},
                    {"MMAP_DEFAULT_SIZE", dispatch::pool_bytes_implicit},
                    {"MMAP_MAX_SIZE", dispatch::pool_bytes_max}});
}

void Replay::structures() {
  const kernel::Abi& abi = kernel::abi_of(model_ == DataModel::lp64 ? kernel::DataModel::lp64
                                                                    : kernel::DataModel::ilp32);
  add("sizes", {{"SvcIdentity", sizeof(dispatch::Identity)},
                {"BuffPtr", abi.object_pointer + abi.pointer_bytes - abi.object_value},
                {"ObjContent", abi.object_bytes - abi.object_value},
                {"SpecialObj", abi.object_bytes},
                {"IpcMsg", abi.limits.message_header_bytes},
                {"IpcContent", abi.content_bytes},
                {"CmsCmdContent", kernel::cms_content_bytes}});
  // Where the one byte lies that a field of value 1 sets.
  const auto at = [&abi](const kernel::Header& header) {
    std::vector<std::byte> bytes(abi.limits.message_header_bytes);
    kernel::encode_header(abi, header, bytes);
    return std::ranges::find(bytes, std::byte{1}) - bytes.begin();
  };
  add("ipcmsg_offsets", {{"type", at({.type = 1})},
                         {"target", at({.handle = 1})},
                         {"code", at({.code = 1})},
                         {"flag", at({.flag = 1})},
                         {"timestamp", at({.timestamp = 1})},
                         {"dataSz", at({.data_bytes = 1})},
                         {"data", at({.data = 1})},
                         {"spObjNum", at({.object_count = 1})},
                         {"offsets", at({.offsets = 1})},
                         {"processID", at({.process_id = 1})},
                         {"taskID", at({.task_id = 1})},
                         {"userID", at({.user_id = 1})},
                         {"gid", at({.group_id = 1})}});
  add("ioctl_codes", {{"IPC_SET_CMS", kernel::set_cms_word},
                      {"IPC_CMS_CMD", kernel::cms_command_word},
                      {"IPC_SET_IPC_THREAD", kernel::set_ipc_thread_word},
                      {"IPC_SEND_RECV_MSG", abi.send_receive_word}});
}

void Replay::opening() {
  ReplayPort port = fresh();
  for (const auto& [name, bytes] :
       {std::pair{"open_size0", 0u}, std::pair{"open_size_max_plus1", 262145u}}) {
    const bool is_open = port->open(bytes);
    add(name, {{"null", !is_open}, {"opens", port.count(Kind::open)}});
  }
  const bool is_open = port->open(262144);
  add("open_size_max", {{"ptr", is_open ? 1 : 0},
                        {"opens", port.count(Kind::open)},
                        {"mmap_len", port.last(Kind::map).bytes}});
  const bool is_open_again = port->open(4096);
  add("open_second_ignored_size", {{"ptr", is_open_again ? 1 : 0},
                                   {"opens", port.count(Kind::open)},
                                   {"mmap_len", port.last(Kind::map).bytes}});
  port->close();
  add("close_is_noop", {{"closes", port.count(Kind::close)}, {"munmaps", port.count(Kind::unmap)}});

  ReplayPort failing = fresh();
  failing->refuse_next(Refusable::open, 2);
  const bool is_null = !failing->open(4096);
  add("open_fail", {{"null", is_null}, {"closes", failing.count(Kind::close)}});
  add("open_retry_after_fail", {{"ptr", failing->open(4096) ? 1 : 0}});

  ReplayPort unmapped = fresh();
  unmapped->refuse_next(Refusable::map, 12);
  const bool is_null_too = !unmapped->open(4096);
  add("mmap_fail", {{"null", is_null_too}, {"closes", unmapped.count(Kind::close)}});
}

void Replay::cms_commands() {
  ReplayPort port = fresh();
  const auto added = port->add_service_access(9, 3).result;
  const DriverCall access = port.last(Kind::add_access);
  const bool is_asked = port.count(Kind::add_access) == 1;
  add("implicit_open_default_size",
      {{"ret", added},
       {"mmap_len", port.last(Kind::map).bytes},
       {"cmd", is_asked ? static_cast<int>(kernel::add_access_command) : -1},
       {"task", access.task},
       {"handle", access.service}});
  const auto set = port->set_sa_manager(256).result;
  add("set_sa_manager", {{"ret", set}, {"arg", port.last(Kind::set_cms).bytes}});
  port->refuse_next(Refusable::ioctl, 17);
  add("set_sa_manager_fail", {{"ret", port->set_sa_manager(256).result}});
  add("gen_handle_null", {{"ret", port->gen_service_handle(12, false).result}});
  port->give_handle_next(42);
  const PortResult made = port->gen_service_handle(12, true);
  const bool is_asked_for = port.count(Kind::gen_handle) == 1;
  add("gen_handle", {{"ret", made.result},
                     {"handle", made.identity.handle},
                     {"token", made.identity.token},
                     {"cookie", made.identity.cookie},
                     {"cmd", is_asked_for ? static_cast<int>(kernel::gen_handle_command) : -1},
                     {"task", port.last(Kind::gen_handle).task}});
  port->refuse_next(Refusable::ioctl, 22);
  const PortResult refused = port->gen_service_handle(12, true);
  add("gen_handle_fail", {{"ret", refused.result}, {"handle", refused.identity.handle}});
  port->refuse_next(Refusable::ioctl, 13);
  add("add_access_fail", {{"ret", port->add_service_access(9, 3).result}});
}

void Replay::getters() {
  ReplayPort port = fresh();
  port->start_loop(1, 0);
  port->deliver_to_loop({.number = 1,
                         .target = {.token = 7},
                         .code = 8,
                         .flag = 1,
                         .task = 9,
                         .process = 10,
                         .user = 11,
                         .group = 12});
  const auto result = [&port](PortGetter getter, MessageNumber message, bool has_place = true) {
    return port->get(getter, message, has_place).result;
  };
  add("get_token_null_msg", {{"ret", result(PortGetter::token, 0)}});
  add("get_token_null_out", {{"ret", result(PortGetter::token, 1, false)}});
  for (const auto& [name, getter] :
       {std::pair{"get_token", PortGetter::token}, std::pair{"get_code", PortGetter::code},
        std::pair{"get_flag", PortGetter::flag}}) {
    const PortResult got = port->get(getter, 1, true);
    add(name, {{"ret", got.result}, {"v", got.value}});
  }
  add("get_code_null", {{"ret", result(PortGetter::code, 0)}});
  add("get_flag_null", {{"ret", result(PortGetter::flag, 0)}});
  for (const auto& [name, message] :
       {std::pair{"get_calling", 1u}, std::pair{"get_calling_null", 0u}}) {
    add(name, {{"tid", result(PortGetter::task, message)},
               {"pid", result(PortGetter::process, message)},
               {"uid", result(PortGetter::user, message)},
               {"gid", result(PortGetter::group, message)}});
  }
}

void Replay::requests() {
  ReplayPort port = fresh();
  port->answer_next({.number = 1, .type = Type::reply, .data = bytes_of(-5)});
  PortRequest request{.target = {3, 9, 1}, .code = 11};
  request.parcel = available(4 + object_bytes(), 1);
  const PortResult sent = port->send_request(request);
  const DriverCall call = port.last(Kind::exchange);
  add("send_sync", {{"ret", sent.result},
                    {"ioctl_flag", call.flags},
                    {"type", static_cast<int>(call.sent.type)},
                    {"handle", call.sent.target.handle},
                    {"token", call.sent.target.token},
                    {"cookie", call.sent.target.cookie},
                    {"code", call.sent.code},
                    {"flag", call.sent.flag},
                    {"dataSz", call.data_bytes},
                    {"spObjNum", call.objects},
                    {"ptr_is_msg", sent.message == 1u},
                    {"reply_v", int_of(sent.reply.value_or(std::vector<std::byte>{}))},
                    {"timestamp", call.sent.timestamp}});

  const PortResult empty = port->send_request({.target = {3}, .has_place_for_reply = false});
  const DriverCall without = port.last(Kind::exchange);
  add("send_sync_nodata_noreply", {{"ret", empty.result},
                                   {"dataSz", without.data_bytes},
                                   {"spObjNum", without.objects},
                                   {"ptr_set", empty.message.has_value()}});
  const auto refused = [&](const char* name, const PortRequest& bad) {
    const auto before = port.count(Kind::exchange);
    const PortResult result = port->send_request(bad);
    add(name, {{"ret", result.result}, {"sent", port.count(Kind::exchange) - before}});
  };
  refused("send_sync_null_ptr", {.target = {3}, .has_place_for_message = false});
  refused("send_flag_2", {.target = {3}, .flag = 2});
  refused("send_flag_minus1", {.target = {3}, .flag = 0xffffffff});

  const PortResult one_way = port->send_request({.target = {3}, .flag = 1});
  const DriverCall alone = port.last(Kind::exchange);
  add("send_oneway", {{"ret", one_way.result},
                      {"ioctl_flag", alone.flags},
                      {"flag", alone.sent.flag},
                      {"ptr_unchanged", !one_way.message.has_value()},
                      {"reply_untouched", !one_way.reply.has_value()}});
  add("send_oneway_null_ptr",
      {{"ret",
        port->send_request({.target = {3}, .flag = 1, .has_place_for_message = false}).result}});
}

void Replay::refused_parcels() {
  ReplayPort port = fresh();
  PortRequest request{.target = {3}};
  request.parcel = available(8, 0);
  request.parcel.state = PortParcel::State::overflowed;
  const PortResult overflowed = port->send_request(request);
  add("send_overflowed_io", {{"ret", overflowed.result}, {"sent", port.count(Kind::exchange)}});
  request.parcel.pending = 1;
  const PortResult with_buffer = port->send_request(request);
  add("send_overflowed_io_frees_databuff",
      {{"ret", with_buffer.result}, {"databuff_freed", port.freed().size()}});
  request.parcel = {.state = PortParcel::State::zeroed};
  const PortResult zeroed = port->send_request(request);
  add("send_zeroed_io", {{"ret", zeroed.result}, {"sent", port.count(Kind::exchange)}});
}

void Replay::forwarded_parcels() {
  ReplayPort port = fresh();
  PortRequest request{.target = {3}, .flag = 1};
  request.parcel = available(object_bytes(), 1);
  request.parcel.state = PortParcel::State::received_objects;
  add("send_forward_received_io", {{"ret", port->send_request(request).result}});

  // The recording passed an offsets pointer near the end of memory and data on the stack; whether
  // the data lie behind it is a signed comparison (DSP-31), so it is the data model that decides.
  const bool is_behind = model_ == DataModel::lp64;
  request.parcel = available(4, 0);
  if (!is_behind) request.parcel.state = PortParcel::State::received;
  const PortResult forwarded = port->send_request(request);
  add("send_forward_received_io_no_objects_neg_offsets",
      {{"ret", forwarded.result}, {"dataSz", port.last(Kind::exchange).data_bytes}});

  request.parcel = available(8192, 0);
  const PortResult full = port->send_request(request);
  add("send_8192_bytes", {{"ret", full.result}, {"dataSz", port.last(Kind::exchange).data_bytes}});
}

void Replay::errors_of_the_driver() {
  const std::vector<std::pair<std::string, std::int32_t>> errors{
      {"ENOENT", 2},  {"EINVAL", 22}, {"EACCES", 13}, {"ETIME", 62},  {"ENOMEM", 12},
      {"EFAULT", 14}, {"EEXIST", 17}, {"EPERM", 1},   {"ENODEV", 19}, {"EBADF", 9}};
  for (const auto& [word, error] : errors) {
    ReplayPort port = fresh();
    PortRequest request{.target = {3}};
    request.parcel = available(object_bytes(), 1);
    request.parcel.pending = 1;
    port->refuse_next(Refusable::ioctl, error);
    const PortResult sent = port->send_request(request);
    add("send_errno_" + word, {{"ret", sent.result}, {"databuff_freed", port.freed().size()}});
    port->start_loop(1, 0);
    port->deliver_to_loop({.number = 1, .task = 5});
    port->refuse_next(Refusable::ioctl, error);
    add("reply_errno_" + word, {{"ret", port->send_reply(1, available(4, 0)).result}});
    port->refuse_next(Refusable::ioctl, error);
    add("free_errno_" + word, {{"ret", port->free_buffer(1).result}});
  }
}

void Replay::replies() {
  ReplayPort port = fresh();
  port->start_loop(1, 0);
  port->deliver_to_loop({.number = 1, .code = 5, .timestamp = 4711, .task = 55});
  const PortResult sent = port->send_reply(1, available(4, 0));
  const DriverCall call = port.last(Kind::exchange);
  add("reply", {{"ret", sent.result},
                {"ioctl_flag", call.flags},
                {"type", static_cast<int>(call.sent.type)},
                {"handle", call.sent.target.handle},
                {"token", call.sent.target.token},
                {"code", call.sent.code},
                {"flag", call.sent.flag},
                {"ts_ok", call.sent.timestamp == 4711},
                {"dataSz", call.data_bytes},
                {"freed_is_req", call.given_back == 1}});
  add("reply_null_msg", {{"ret", port->send_reply(0, available(4, 0)).result}});
  PortParcel overflowed = available(4, 0);
  overflowed.state = PortParcel::State::overflowed;
  const auto before = port.count(Kind::exchange);
  const PortResult refused = port->send_reply(1, overflowed);
  add("reply_overflowed_io", {{"ret", refused.result},
                              {"sent", port.count(Kind::exchange) - before},
                              {"freed", port.count(Kind::exchange) - before}});
  const PortResult empty = port->send_reply(1, {});
  const DriverCall without = port.last(Kind::exchange);
  add("reply_null_io",
      {{"ret", empty.result}, {"dataSz", without.data_bytes}, {"spObjNum", without.objects}});
  add("free_null", {{"ret", port->free_buffer(0).result}});
  const PortResult freed = port->free_buffer(1);
  add("free", {{"ret", freed.result}, {"ioctl_flag", port.last(Kind::exchange).flags}});
  port->handler_returns(1);
  port->deliver_to_loop({.number = 2, .flag = 1, .task = 55});
  add("reply_to_oneway_not_refused_in_user", {{"ret", port->send_reply(2, {}).result}});
}

void Replay::uninitialised_parcels() {
  using State = PortParcel::State;
  for (const auto& [name, state, flag] :
       {std::tuple{"h_init_rejected_then_send", State::refused_init, 0xaaaaaaaa},
        std::tuple{"h_init_overflow_then_send", State::overflowed_init, 2u}}) {
    ReplayPort port = fresh();
    const PortResult sent = port->send_request({.target = {3}, .parcel = {.state = state}});
    add(name, {{"flag", flag}});  // what such a parcel is made of
    add(name, {{"ret", sent.result}});
  }
  ReplayPort port = fresh();
  const PortResult sent = port->send_request({.target = {3}, .parcel = {.state = State::zeroed}});
  add("h_init_rejected_zeroed_then_send", {{"ret", sent.result}});
}

}  // namespace touchstone::userspace
