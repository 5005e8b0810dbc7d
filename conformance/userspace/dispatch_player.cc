// The verbs of dispatch scripts, each from its words to a call of the port.
#include "conformance/userspace/dispatch_player.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "adapter/case_lexer.h"

namespace touchstone::userspace {
namespace {

constexpr std::uint32_t u32_max = std::numeric_limits<std::uint32_t>::max();

constexpr std::array<std::pair<std::string_view, std::int32_t>, 13> errno_words{{
    {"EPERM", 1},
    {"ENOENT", 2},
    {"EBADF", 9},
    {"EAGAIN", 11},
    {"ENOMEM", 12},
    {"EACCES", 13},
    {"EFAULT", 14},
    {"EEXIST", 17},
    {"ENODEV", 19},
    {"EINVAL", 22},
    {"EMFILE", 24},
    {"EINTR", 4},
    {"ETIME", 62},
}};

constexpr std::array<std::pair<std::string_view, DispatchPort::Refusable>, 6> refusable_words{{
    {"open", DispatchPort::Refusable::open},
    {"map", DispatchPort::Refusable::map},
    {"ioctl", DispatchPort::Refusable::ioctl},
    {"receive", DispatchPort::Refusable::receive},
    {"set_ipc_thread", DispatchPort::Refusable::set_ipc_thread},
    {"thread", DispatchPort::Refusable::start_thread},
}};

constexpr std::array<std::pair<std::string_view, PortParcel::State>, 9> parcel_words{{
    {"null", PortParcel::State::null},
    {"available", PortParcel::State::available},
    {"overflowed", PortParcel::State::overflowed},
    {"zeroed", PortParcel::State::zeroed},
    {"refused_init", PortParcel::State::refused_init},
    {"overflowed_init", PortParcel::State::overflowed_init},
    {"null_pointer", PortParcel::State::null_pointer},
    {"received", PortParcel::State::received},
    {"received_objects", PortParcel::State::received_objects},
}};

constexpr std::array<std::pair<std::string_view, PortMessageType>, 4> message_words{{
    {"request", PortMessageType::request},
    {"reply", PortMessageType::reply},
    {"failed_reply", PortMessageType::failed_reply},
    {"death", PortMessageType::death},
}};

constexpr std::array<std::pair<std::string_view, PortGetter>, 7> getter_words{{
    {"token", PortGetter::token},
    {"code", PortGetter::code},
    {"flag", PortGetter::flag},
    {"calling_tid", PortGetter::task},
    {"calling_pid", PortGetter::process},
    {"calling_uid", PortGetter::user},
    {"calling_gid", PortGetter::group},
}};

constexpr std::array<std::pair<std::string_view, std::uint32_t>, 2> mode_words{{
    {"once", 0},
    {"reset_after_use", 1},
}};

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 4> time_units{{
    {"ns", 1},
    {"us", 1000},
    {"ms", 1000000},
    {"s", 1000000000},
}};

// What one of the words stands for; none if it is no such word.
template <typename T, std::size_t count>
std::optional<T> value_of_word(const std::array<std::pair<std::string_view, T>, count>& words,
                               std::string_view word) {
  const auto found = std::ranges::find(words, word, &std::pair<std::string_view, T>::first);
  if (found == words.end()) return std::nullopt;
  return found->second;
}

bool is_name(const Word& word) {
  return !word.is_quoted && !word.text.empty() && word.text != "null" &&
         word.text.find_first_of("0123456789-") != 0;
}

// "100ms" in nanoseconds.
std::optional<std::uint64_t> duration(std::string_view text) {
  const std::size_t end = text.find_first_not_of("0123456789");
  if (end == 0 || end == text.npos || end > 9) return std::nullopt;
  const auto unit = value_of_word(time_units, text.substr(end));
  if (!unit) return std::nullopt;
  std::uint64_t number = 0;
  for (const char digit : text.substr(0, end)) {
    number = number * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return number * *unit;
}

}  // namespace

struct DispatchPlayer::Verb {
  std::string_view word;
  void (DispatchPlayer::*play)(StepReader&);
};

const DispatchPlayer::Verb* DispatchPlayer::find_verb(std::string_view word) {
  static constexpr std::array<Verb, 21> verbs{{
      {"driver", &DispatchPlayer::driver},
      {"answer", &DispatchPlayer::answer},
      {"open", &DispatchPlayer::open},
      {"close", &DispatchPlayer::close},
      {"fork_reset", &DispatchPlayer::fork_reset},
      {"set_sa_manager", &DispatchPlayer::set_sa_manager},
      {"gen_service_handle", &DispatchPlayer::gen_service_handle},
      {"add_service_access", &DispatchPlayer::add_service_access},
      {"get", &DispatchPlayer::get},
      {"send_request", &DispatchPlayer::send_request},
      {"send_reply", &DispatchPlayer::send_reply},
      {"free_buffer", &DispatchPlayer::free_buffer},
      {"start_loop", &DispatchPlayer::start_loop},
      {"register_callback", &DispatchPlayer::register_callback},
      {"unregister_callback", &DispatchPlayer::unregister_callback},
      {"register_death", &DispatchPlayer::register_death},
      {"unregister_death", &DispatchPlayer::unregister_death},
      {"receive", &DispatchPlayer::receive},
      {"loop_receive", &DispatchPlayer::loop_receive},
      {"handler_returns", &DispatchPlayer::handler_returns},
      {"advance", &DispatchPlayer::advance},
  }};
  const auto found = std::ranges::find(verbs, word, &Verb::word);
  return found == verbs.end() ? nullptr : &*found;
}

std::expected<Shown, StepError> DispatchPlayer::play(const ScriptStep& step) {
  StepReader reader(step);
  const Verb* verb = find_verb(reader.verb());
  if (verb == nullptr) {
    return std::unexpected(
        StepError{step.words.front().column, "a verb of dispatch", reader.verb()});
  }
  shown_.clear();
  error_.reset();
  (this->*verb->play)(reader);
  if (error_) return std::unexpected(*error_);
  show_events();
  return collect_shown();
}

bool DispatchPlayer::is_malformed(StepReader& step) {
  error_ = step.finish();
  return error_.has_value();
}

std::uint32_t DispatchPlayer::number_argument(StepReader& step, std::string_view key,
                                              std::uint32_t otherwise) {
  return static_cast<std::uint32_t>(step.unsigned_argument(key, u32_max).value_or(otherwise));
}

// `ptr=null`; the only value that such a key has.
bool DispatchPlayer::is_null_argument(StepReader& step, std::string_view key) {
  const Word* value = step.argument(key);
  if (value == nullptr) return false;
  if (value->text != "null") step.fail(*value, "null");
  return true;
}

std::int32_t DispatchPlayer::errno_of(StepReader& step, const Word& word) {
  const auto error = value_of_word(errno_words, word.text);
  if (!error) step.fail(word, "an error of the driver such as EINVAL");
  return error.value_or(0);
}

MessageNumber DispatchPlayer::new_message(StepReader& step, const Word& name) {
  if (!is_name(name) || messages_.contains(name.text)) step.fail(name, "a new message's name");
  if (step.has_failed()) return 0;
  const auto number = static_cast<MessageNumber>(messages_.size() + 1);
  messages_[name.text] = number;
  return number;
}

MessageNumber DispatchPlayer::known_message(StepReader& step, const Word& name) {
  if (name.text == "null") return 0;
  const auto found = messages_.find(name.text);
  if (found != messages_.end()) return found->second;
  step.fail(name, "the name of a message, or null");
  return 0;
}

FunctionNumber DispatchPlayer::new_function(StepReader& step, const Word& name) {
  if (name.text == "null") return 0;
  if (!is_name(name) || functions_.contains(name.text)) step.fail(name, "a new handler's name");
  if (step.has_failed()) return 0;
  const auto number = static_cast<FunctionNumber>(functions_.size() + 1);
  functions_[name.text] = number;
  return number;
}

PortParcel DispatchPlayer::parcel(StepReader& step) {
  PortParcel parcel;
  const auto data = step.unsigned_argument("data", 65536);
  const auto objects = step.unsigned_argument("objects", 512);
  const auto pending = step.unsigned_argument("pending", 512);
  if (data || objects || pending) parcel.state = PortParcel::State::available;
  parcel.data_bytes = static_cast<std::uint32_t>(data.value_or(0));
  parcel.objects = static_cast<std::uint32_t>(objects.value_or(0));
  parcel.pending = static_cast<std::uint32_t>(pending.value_or(0));
  if (const Word* state = step.argument("io")) {
    const auto value = value_of_word(parcel_words, state->text);
    if (!value) step.fail(*state, "a state of a parcel such as overflowed");
    parcel.state = value.value_or(PortParcel::State::null);
  }
  return parcel;
}

// A callback's name, or a number.
std::uint32_t DispatchPlayer::token(StepReader& step, const Word& word) {
  const auto callback = callbacks_.find(word.text);
  if (callback != callbacks_.end()) return callback->second.token;
  return static_cast<std::uint32_t>(step.unsigned_number(word, u32_max));
}

PortMessage DispatchPlayer::message(StepReader& step) {
  PortMessage message;
  const Word& type = step.word("a type of message such as request");
  const auto known = value_of_word(message_words, type.text);
  if (!known) step.fail(type, "request, reply, failed_reply or death");
  message.type = known.value_or(PortMessageType::request);
  message.number = new_message(step, step.word("a new message's name"));
  message.target.handle = number_argument(step, "to", 0);
  if (const Word* word = step.argument("token")) message.target.token = token(step, *word);
  message.target.cookie = number_argument(step, "cookie", 0);
  message.code = number_argument(step, "code", 0);
  message.flag = number_argument(step, "flag", 0);
  message.timestamp = step.unsigned_argument("time", u32_max).value_or(0);
  message.task = number_argument(step, "from", 0);
  message.process = number_argument(step, "pid", 0);
  message.user = number_argument(step, "uid", 0);
  message.group = number_argument(step, "gid", 0);
  return message;
}

void DispatchPlayer::driver(StepReader& step) {
  std::vector<std::pair<DispatchPort::Refusable, std::int32_t>> refusals;
  for (const auto& [key, what] : refusable_words) {
    const Word* error = step.argument(key);
    if (error != nullptr) refusals.emplace_back(what, errno_of(step, *error));
  }
  const auto handle = step.unsigned_argument("handle", u32_max);
  if (is_malformed(step)) return;
  for (const auto& [what, error] : refusals) port_->refuse_next(what, error);
  if (handle) port_->give_handle_next(static_cast<std::uint32_t>(*handle));
}

void DispatchPlayer::answer(StepReader& step) {
  PortMessage reply{.type = PortMessageType::reply};
  reply.number = new_message(step, step.word("a new message's name"));
  if (const Word* data = step.argument("data")) reply.data = step.bytes(*data);
  if (is_malformed(step)) return;
  port_->answer_next(reply);
}

void DispatchPlayer::open(StepReader& step) {
  const auto bytes = static_cast<std::uint32_t>(step.unsigned_number(step.word("a size"), u32_max));
  if (is_malformed(step)) return;
  show("result", port_->open(bytes) ? "pointer" : "null");
}

void DispatchPlayer::close(StepReader& step) {
  if (!is_malformed(step)) port_->close();
}

void DispatchPlayer::fork_reset(StepReader& step) {
  if (!is_malformed(step)) port_->reset();
}

void DispatchPlayer::set_sa_manager(StepReader& step) {
  const auto bytes = static_cast<std::uint32_t>(step.unsigned_number(step.word("a size"), u32_max));
  if (!is_malformed(step)) show_result(port_->set_sa_manager(bytes).result);
}

void DispatchPlayer::gen_service_handle(StepReader& step) {
  const std::uint32_t task = number_argument(step, "task", 0);
  const bool is_null = is_null_argument(step, "sid");
  if (is_malformed(step)) return;
  const PortResult result = port_->gen_service_handle(task, !is_null);
  show_result(result.result);
  if (!is_null) show_identity(result.identity);
}

void DispatchPlayer::add_service_access(StepReader& step) {
  const std::uint32_t task = number_argument(step, "task", 0);
  const std::uint32_t handle = number_argument(step, "handle", 0);
  if (!is_malformed(step)) show_result(port_->add_service_access(task, handle).result);
}

void DispatchPlayer::get(StepReader& step) {
  const Word& word = step.word("a field such as token");
  const auto getter = value_of_word(getter_words, word.text);
  if (!getter) step.fail(word, "token, code, flag or calling_tid, _pid, _uid, _gid");
  const MessageNumber message = known_message(step, step.word("a message"));
  const bool is_null = is_null_argument(step, "out");
  if (is_malformed(step)) return;
  const PortResult result = port_->get(*getter, message, !is_null);
  show_result(result.result);
  if (*getter <= PortGetter::flag && !is_null) show("value", std::to_string(result.value));
}

void DispatchPlayer::send_request(StepReader& step) {
  PortRequest request;
  request.target.handle = number_argument(step, "to", 0);
  request.target.token = number_argument(step, "token", 0);
  request.target.cookie = number_argument(step, "cookie", 0);
  request.code = number_argument(step, "code", 0);
  request.flag = number_argument(step, "flag", 0);
  request.has_place_for_message = !is_null_argument(step, "ptr");
  request.has_place_for_reply = !is_null_argument(step, "reply");
  request.parcel = parcel(step);
  if (is_malformed(step)) return;
  const PortResult result = port_->send_request(request);
  show_result(result.result);
  show_sent(result);
}

void DispatchPlayer::send_reply(StepReader& step) {
  const MessageNumber request = known_message(step, step.word("a message"));
  const PortParcel data = parcel(step);
  if (!is_malformed(step)) show_result(port_->send_reply(request, data).result);
}

void DispatchPlayer::free_buffer(StepReader& step) {
  const MessageNumber message = known_message(step, step.word("a message"));
  if (!is_malformed(step)) show_result(port_->free_buffer(message).result);
}

void DispatchPlayer::start_loop(StepReader& step) {
  const FunctionNumber function = new_function(step, step.word("a handler's name"));
  const std::uint32_t context = number_argument(step, "context", 0);
  if (is_malformed(step)) return;
  const auto ended = port_->start_loop(function, context);
  show("result", ended ? std::to_string(ended->result) : "loops");
}

void DispatchPlayer::register_callback(StepReader& step) {
  const Word& name = step.word("a handler's name");
  PortCallback callback;
  callback.function = new_function(step, name);
  callback.has_identity = !is_null_argument(step, "sid");
  if (const Word* mode = step.argument("mode")) {
    const auto known = value_of_word(mode_words, mode->text);
    callback.mode =
        known ? *known : static_cast<std::uint32_t>(step.unsigned_number(*mode, u32_max));
  }
  if (const Word* timeout = step.argument("timeout")) {
    const auto time = duration(timeout->text);
    if (!time) step.fail(*timeout, "a time such as 100ms");
    callback.timeout_ms = static_cast<std::uint32_t>(time.value_or(0) / 1000000);
  }
  if (is_malformed(step)) return;
  const PortResult result = port_->register_callback(callback);
  show_result(result.result);
  if (result.result != 0 && callback.has_identity) show_identity(result.identity);
  if (result.result == 0) show_new_identity(result.identity);
  if (name.text == "null") return;
  callbacks_[name.text] = result.identity;
  if (result.result == 0) tokens_seen_[result.identity.token] = name.text;
}

void DispatchPlayer::unregister_callback(StepReader& step) {
  PortIdentity identity;
  if (const Word* name = step.optional_word()) {
    const auto found = callbacks_.find(name->text);
    if (found == callbacks_.end()) {
      step.fail(*name, "a callback's name");
    } else {
      identity = found->second;
    }
  }
  identity.handle = number_argument(step, "handle", identity.handle);
  identity.token = number_argument(step, "token", identity.token);
  if (is_malformed(step)) return;
  show_result(port_->unregister_callback(identity.handle, identity.token).result);
}

void DispatchPlayer::register_death(StepReader& step) {
  const FunctionNumber function = new_function(step, step.word("a handler's name"));
  const std::uint32_t handle = number_argument(step, "handle", 0);
  const bool is_null = is_null_argument(step, "id");
  if (is_malformed(step)) return;
  const PortResult result = port_->register_death(handle, function, !is_null);
  show_result(result.result);
  if (!is_null) show("id", std::to_string(result.value));
}

void DispatchPlayer::unregister_death(StepReader& step) {
  const std::uint32_t handle = number_argument(step, "handle", 0);
  const std::uint32_t id = number_argument(step, "id", 0);
  if (!is_malformed(step)) show_result(port_->unregister_death(handle, id).result);
}

void DispatchPlayer::receive(StepReader& step) {
  const PortMessage received = message(step);
  if (is_malformed(step)) return;
  show("taken", port_->deliver_to_callback_thread(received) ? "yes" : "no");
}

void DispatchPlayer::loop_receive(StepReader& step) {
  const PortMessage received = message(step);
  if (is_malformed(step)) return;
  show("taken", port_->deliver_to_loop(received) ? "yes" : "no");
}

void DispatchPlayer::handler_returns(StepReader& step) {
  const Word& name = step.word("a handler that runs, such as h1");
  std::uint32_t number = 0;
  for (const char digit : std::string_view(name.text).substr(name.text.empty() ? 0 : 1)) {
    const bool is_digit = digit >= '0' && digit <= '9' && number < 100000000;
    if (!is_digit) step.fail(name, "a handler that runs, such as h1");
    number = is_digit ? number * 10 + static_cast<std::uint32_t>(digit - '0') : 0;
  }
  if (!name.text.starts_with('h') || number == 0) step.fail(name, "a handler such as h1");
  if (!is_malformed(step)) port_->handler_returns(number);
}

void DispatchPlayer::advance(StepReader& step) {
  const Word& word = step.word("a time such as 100ms");
  const auto time = duration(word.text);
  if (!time) step.fail(word, "a time such as 100ms");
  if (!is_malformed(step)) port_->advance(*time);
}

}  // namespace touchstone::userspace
