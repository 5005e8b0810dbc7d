#include "conformance/userspace/services_player.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace touchstone::userspace {
namespace {

constexpr std::uint64_t number_max = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t repeat_max = 100000;
constexpr std::int32_t refused = 22;  // EINVAL

// What steps show.  Those of a client are "CLIENT post".
struct VerbKeys {
  std::string_view verb;
  std::string_view keys;  // with spaces around each
};
constexpr std::array<VerbKeys, 11> settings{{
    {"manager", " message_bytes "},
    {"binding", " "},
    {"binding_many", " "},
    {"reload", " result line column reason "},
    {"client", " "},
    {"kernel", " "},
    {"advance", " "},
    {"exit", " "},
    {"references", " result "},
    {"endpoint", " "},
    {"gather", " kept "},
}};
constexpr std::array<VerbKeys, 13> named_verbs{{
    {"post", " result handle data offsets kernel "},
    {"put", " result ret handle token policies data offsets kernel "},
    {"get", " result ret handle token data offsets kernel "},
    {"syscap_put", " result ret data offsets kernel "},
    {"syscap_get", " result ret registered data offsets kernel "},
    {"syscap_all", " result ret last next count names data offsets kernel "},
    {"raw", " result ret data offsets kernel "},
    {"syscap_list", " result parts count largest names "},
    {"post_many", " answered "},
    {"put_many", " accepted ret "},
    {"syscap_put_many", " accepted ret "},
    {"call", " result "},
    {"call_many", " taken "},
}};

// With the number in place of each #.
std::string with_number(std::string_view text, std::uint64_t number) {
  std::string numbered;
  for (const char letter : text) {
    numbered += letter == '#' ? fmt::format("{:03}", number) : std::string(1, letter);
  }
  return numbered;
}

template <std::size_t count>
std::string_view keys_of(const std::array<VerbKeys, count>& verbs, std::string_view verb) {
  const auto found = std::ranges::find(verbs, verb, &VerbKeys::verb);
  return found == verbs.end() ? std::string_view() : found->keys;
}

Shown shown(const char* key, const std::string& value) {
  Shown shown;
  shown.values.emplace_back(key, value);
  return shown;
}

Shown lacking(std::string function) {
  Shown shown;
  shown.lacks = std::move(function);
  return shown;
}

}  // namespace

std::expected<std::uint32_t, std::int32_t> ScriptedKernel::generate_handle(std::uint32_t task) {
  asked.push_back(fmt::format("generate:{}", task));
  if (!gives_handles) return std::unexpected(refused);
  return task;
}

std::expected<void, std::int32_t> ScriptedKernel::add_access(std::uint32_t client,
                                                             std::uint32_t service) {
  asked.push_back(fmt::format("access:{}>{}", client, service));
  if (!gives_access) return std::unexpected(refused);
  return {};
}

ServicesPlayer::ServicesPlayer(ServicesFactory& factory, DataModel model)
    : factory_(factory), model_(model), manager_(factory.create(model, kernel_)) {}

std::expected<Shown, StepError> ServicesPlayer::play(const ScriptStep& step) {
  StepReader reader(step);
  Shown shown;
  const auto client = clients_.find(reader.verb());
  const auto endpoint = endpoints_.find(reader.verb());
  if (client != clients_.end()) {
    shown = play_client(client->second, reader);
  } else if (endpoint != endpoints_.end()) {
    shown = play_endpoint(*endpoint->second, reader);
  } else {
    shown = play_setting(reader, step);
  }
  if (auto error = reader.finish()) return std::unexpected(*error);
  return shown;
}

bool ServicesPlayer::can_show(const ScriptStep& step, std::string_view key) const {
  const std::string& verb = step.words.front().text;
  const bool is_named = clients_.contains(verb) || endpoints_.contains(verb);
  const std::string_view keys = is_named && step.words.size() > 1
                                    ? keys_of(named_verbs, step.words[1].text)
                                    : keys_of(settings, verb);
  // What is no step of ours is told so when it is played.
  return keys.empty() || keys.contains(fmt::format(" {} ", key));
}

std::string ServicesPlayer::describe_state() const {
  std::string text;
  for (const auto& [name, client] : clients_) {
    const auto references = manager_->references(client.process);
    text += fmt::format("{}: process {}, task {}, uid {}, references {}\n", name, client.process,
                        client.task, client.user, references ? fmt::to_string(*references) : "?");
  }
  return text;
}

Shown ServicesPlayer::play_setting(StepReader& reader, const ScriptStep& step) {
  const std::string& verb = reader.verb();
  if (verb == "binding" || verb == "binding_many") return add_binding(reader, step);
  if (verb == "reload") return reload();
  if (verb == "kernel") return set_kernel(reader);
  if (verb == "gather") return gather(reader);
  if (verb == "endpoint") return name_endpoint(reader);
  if (verb == "references") return references(reader);
  if (verb == "manager") {
    return shown("message_bytes", fmt::to_string(manager_->message_bytes_max()));
  }
  if (verb == "client") {
    name_client(reader);
  } else if (verb == "advance") {
    now_ns_ += reader.unsigned_number(reader.word("milliseconds"), number_max) * 1'000'000;
  } else if (verb == "exit") {
    manager_->process_ended(known_client(reader, reader.word("a client")).process);
  } else {
    reader.fail(step.words.front(), "a verb of the service manager, or a client or endpoint named");
  }
  return {};
}

// `binding WORDS...` as written, or one text in quotes for what is no line of words.
Shown ServicesPlayer::add_binding(StepReader& reader, const ScriptStep& step) {
  const bool is_many = reader.verb() == "binding_many";
  const std::uint64_t count =
      is_many ? reader.unsigned_number(reader.word("a count"), repeat_max) : 1;
  const Word& first = reader.word("a line of the bindings file");
  std::string line = first.text;
  if (!first.is_quoted) {
    line = step.text.substr(step.text.find(' ') + 1);
    while (reader.optional_word() != nullptr) continue;
    for (const Argument& argument : step.arguments) reader.argument(argument.key);
  }
  if (is_many && !first.is_quoted) reader.fail(first, "a line in quotes with # for the number");
  for (std::uint64_t index = 0; index < count; ++index) {
    draft_ += (is_many ? with_number(line, index) : line) + '\n';
  }
  return {};
}

Shown ServicesPlayer::reload() {
  const auto loaded = manager_->load_bindings(std::exchange(draft_, {}));
  if (loaded) return shown("result", "accepted");
  Shown refusal = shown("result", "refused");
  refusal.values.emplace_back("line", fmt::to_string(loaded.error().line));
  refusal.values.emplace_back("column", fmt::to_string(loaded.error().column));
  refusal.values.emplace_back("reason", loaded.error().reason.empty() ? "none" : "given");
  return refusal;
}

Shown ServicesPlayer::set_kernel(StepReader& reader) {
  const auto set = [&](const char* key, bool& gives) {
    const Word* const value = reader.argument(key);
    if (value == nullptr) return;
    gives = value->text == "given";
    if (!gives && value->text != "refused") reader.fail(*value, "given or refused");
  };
  set("handles", kernel_.gives_handles);
  set("access", kernel_.gives_access);
  return {};
}

Shown ServicesPlayer::gather(StepReader& reader) {
  const auto room = static_cast<std::uint32_t>(
      reader.unsigned_number(reader.word("room for how many names"), number_max));
  std::vector<ServicesParcel> answers;
  while (const Word* const word = reader.optional_word()) {
    answers.push_back({reader.bytes(*word), {}});
  }
  const auto kept = factory_.gather(model_, room, answers);
  return kept ? shown("kept", fmt::to_string(*kept)) : lacking("gather");
}

void ServicesPlayer::name_client(StepReader& reader) {
  const Word& name = reader.word("a name");
  const auto number = [&](const char* key) {
    return static_cast<std::uint32_t>(reader.unsigned_argument(key, number_max).value_or(0));
  };
  const Client client{number("pid"), number("tid"), number("uid")};
  if (!keys_of(settings, name.text).empty() || endpoints_.contains(name.text)) {
    reader.fail(name, "a name of its own");
  }
  clients_.insert_or_assign(name.text, client);
}

Shown ServicesPlayer::name_endpoint(StepReader& reader) {
  const Word& name = reader.word("a name");
  if (!keys_of(settings, name.text).empty() || clients_.contains(name.text)) {
    reader.fail(name, "a name of its own");
  }
  std::unique_ptr<EndpointPort> endpoint = factory_.create_endpoint(model_);
  if (endpoint == nullptr) return lacking("create_endpoint");
  endpoints_.insert_or_assign(name.text, std::move(endpoint));
  return {};
}

Shown ServicesPlayer::references(StepReader& reader) {
  const Client& client = known_client(reader, reader.word("a client"));
  const auto count = manager_->references(client.process);
  return count ? shown("result", fmt::to_string(*count)) : lacking("references");
}

const ServicesPlayer::Client& ServicesPlayer::known_client(StepReader& reader, const Word& name) {
  static const Client nobody;
  const auto client = clients_.find(name.text);
  if (client != clients_.end()) return client->second;
  reader.fail(name, "a client that was named before");
  return nobody;
}

Shown ServicesPlayer::play_client(const Client& client, StepReader& reader) {
  const Word word = reader.word("what the client does");
  const std::string& verb = word.text;
  if (verb == "syscap_list") return list_capabilities(client);
  if (verb.ends_with("_many")) return play_many(client, verb, reader);
  ServicesRequest request = request_of(client, reader);
  Sent sent = sent_by(verb, word, reader);
  request.parcel = std::move(sent.parcel);
  if (reader.has_failed()) return {};
  return send(std::move(request), sent.answer);
}

ServicesRequest ServicesPlayer::request_of(const Client& client, StepReader& reader) const {
  const auto number = [&](const char* key, std::uint64_t otherwise, std::uint64_t greatest) {
    return static_cast<std::uint32_t>(reader.unsigned_argument(key, greatest).value_or(otherwise));
  };
  ServicesRequest request{.process = client.process, .task = client.task, .user = client.user};
  request.token = number("target_token", 0, number_max);
  request.code = number("code", number_max, number_max);
  request.is_one_way = number("oneway", 0, 1) != 0;
  request.now_ns = now_ns_;
  return request;
}

ServicesPlayer::Sent ServicesPlayer::sent_by(const std::string& verb, const Word& word,
                                             StepReader& reader) {
  const auto option = [&](std::uint32_t otherwise) {
    return static_cast<std::uint32_t>(
        reader.unsigned_argument("option", number_max).value_or(otherwise));
  };
  if (verb == "raw") return {{reader.bytes(reader.word("bytes")), {}}};
  if (verb == "post") {
    return {number_request(model_, std::array{0u, option(1)}), ServicesAnswer::handle};
  }
  if (verb == "syscap_all") {
    const std::uint64_t start = reader.unsigned_number(reader.word("a place"), number_max);
    const std::array numbers{2u, option(4), static_cast<std::uint32_t>(start)};
    return {number_request(model_, numbers), ServicesAnswer::list};
  }
  const std::string& name = reader.word("a name").text;
  if (verb == "syscap_put") {
    const bool is_registered = reader.unsigned_argument("registered", 1).value_or(1) != 0;
    return {syscap_request(model_, option(2), name, is_registered), ServicesAnswer::code_alone};
  }
  if (verb == "syscap_get") {
    return {syscap_request(model_, option(0), name, std::nullopt), ServicesAnswer::flag};
  }
  const Word* const feature = reader.argument("feature");
  const auto feature_name = feature != nullptr ? std::optional(feature->text) : std::nullopt;
  if (verb == "put") {
    const auto token =
        static_cast<std::uint32_t>(reader.unsigned_argument("token", number_max).value_or(0));
    return {feature_request(model_, option(2), name, feature_name, token), ServicesAnswer::put};
  }
  if (verb != "get") reader.fail(word, "something that a client does");
  return {feature_request(model_, option(0), name, feature_name, std::nullopt),
          ServicesAnswer::get};
}

Shown ServicesPlayer::send(ServicesRequest request, ServicesAnswer kind) {
  kernel_.asked.clear();
  const auto answer = manager_->handle(request);
  Shown shown = userspace::shown("result", answer ? "answered" : "none");
  if (answer) {
    ShownValues values = shown_answer(model_, kind, *answer);
    std::ranges::move(values, std::back_inserter(shown.values));
  }
  shown.values.emplace_back(
      "kernel", kernel_.asked.empty() ? "-" : fmt::format("{}", fmt::join(kernel_.asked, ",")));
  return shown;
}

// The same request so many times, # in a name standing for its number from 000 on.
Shown ServicesPlayer::play_many(const Client& client, const std::string& verb, StepReader& reader) {
  const std::uint64_t count = reader.unsigned_number(reader.word("a count"), repeat_max);
  ServicesRequest request = request_of(client, reader);
  const bool is_post = verb == "post_many";
  const bool is_put = verb == "put_many";
  const Word word = is_post ? Word{} : reader.word("a name with # for the number");
  const auto token =
      is_put ? static_cast<std::uint32_t>(reader.unsigned_argument("token", number_max).value_or(0))
             : 0;
  if (!is_post && !is_put && verb != "syscap_put_many") reader.fail(word, "something done often");
  if (reader.has_failed()) return {};
  std::uint64_t answered = 0;
  std::uint64_t accepted = 0;
  std::string last_code = "none";
  for (std::uint64_t index = 0; index < count; ++index) {
    const std::string name = with_number(word.text, index);
    request.parcel = is_post  ? number_request(model_, std::array{0u, 1u})
                     : is_put ? feature_request(model_, 2, name, std::nullopt, token)
                              : syscap_request(model_, 2, name, true);
    const auto answer = manager_->handle(request);
    answered += answer ? 1 : 0;
    if (!answer || is_post) continue;
    const ShownValues values = shown_answer(model_, ServicesAnswer::code_alone, *answer);
    last_code = values.front().first == "ret" ? values.front().second : "none";
    accepted += last_code == "0" ? 1 : 0;
  }
  if (is_post) return shown("answered", fmt::to_string(answered));
  Shown shown = userspace::shown("accepted", fmt::to_string(accepted));
  shown.values.emplace_back("ret", last_code);
  return shown;
}

// All parts from place 0 on; what does not come to an end is told so.
Shown ServicesPlayer::list_capabilities(const Client& client) {
  constexpr std::size_t parts_max = 1000;
  std::vector<std::string> names;
  std::size_t parts = 0;
  std::size_t largest = 0;
  CapabilityPart part;
  while (!part.is_last && parts < parts_max) {
    const std::array numbers{2u, 4u, part.next};
    const auto answer = manager_->handle({.process = client.process,
                                          .task = client.task,
                                          .user = client.user,
                                          .token = 0,
                                          .now_ns = now_ns_,
                                          .parcel = number_request(model_, numbers)});
    const auto read = answer ? capability_part(model_, *answer) : std::nullopt;
    if (!read) return shown("result", answer ? "unreadable" : "none");
    part = *read;
    ++parts;
    largest = std::max(largest, part.names.size());
    std::ranges::move(part.names, std::back_inserter(names));
  }
  Shown shown = userspace::shown("result", part.is_last ? "complete" : "endless");
  shown.values.emplace_back("parts", fmt::to_string(parts));
  shown.values.emplace_back("count", fmt::to_string(names.size()));
  shown.values.emplace_back("largest", fmt::to_string(largest));
  shown.values.emplace_back("names",
                            names.empty() ? "-" : fmt::format("{}", fmt::join(names, ",")));
  return shown;
}

Shown ServicesPlayer::play_endpoint(EndpointPort& endpoint, StepReader& reader) {
  const Word verb = reader.word("service, learn, call or call_many");
  const auto number = [&](const char* key) {
    return static_cast<std::uint32_t>(reader.unsigned_argument(key, number_max).value_or(0));
  };
  if (verb.text == "service") {
    const Word* const exempt = reader.optional_word();
    if (exempt != nullptr && exempt->text != "exempt") reader.fail(*exempt, "exempt");
    endpoint.add_service(number("token"), exempt != nullptr);
    return {};
  }
  if (verb.text == "learn") {
    const std::uint32_t token = number("token");
    const Word* const bytes = reader.argument("data");
    if (bytes != nullptr) {
      const auto offset = reader.unsigned_argument("offset", number_max);
      ServicesParcel answer{reader.bytes(*bytes), {}};
      if (offset) answer.offsets.push_back(static_cast<std::uint32_t>(*offset));
      endpoint.learn(token, answer);
      return {};
    }
    std::vector<services::Policy> policies;
    while (const Word* const word = reader.optional_word()) {
      const auto policy = policy_of(word->text);
      if (!policy) reader.fail(*word, "range:N-M, fixed:N/N, bundle:N or type:N");
      policies.push_back(policy.value_or(services::Policy{}));
    }
    endpoint.learn(token, put_answer(model_, policies));
    return {};
  }
  const bool is_many = verb.text == "call_many";
  if (!is_many && verb.text != "call") reader.fail(verb, "service, learn, call or call_many");
  const std::uint64_t count =
      is_many ? reader.unsigned_number(reader.word("a count"), repeat_max) : 1;
  const std::uint32_t user = number("uid");
  const std::uint32_t token = number("token");
  std::uint64_t taken = 0;
  for (std::uint64_t index = 0; index < count && !reader.has_failed(); ++index) {
    taken += endpoint.takes(user, token, now_ns_) ? 1 : 0;
  }
  if (is_many) return shown("taken", fmt::to_string(taken));
  return shown("result", taken != 0 ? "taken" : "none");
}

}  // namespace touchstone::userspace
