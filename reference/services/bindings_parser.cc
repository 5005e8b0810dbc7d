// Reads a bindings file line by line: nothing is guessed, and the first malformed line refuses the
// whole.  Spec 14, "The bindings file".
#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <span>

#include "reference/services/bindings.h"

namespace touchstone::services {
namespace {

constexpr std::size_t name_bytes_max = 255;  // SMG-13

struct Word {
  std::string_view text;
  std::uint32_t column = 1;

  std::string_view key() const { return text.substr(0, text.find('=')); }
  bool has_value() const { return text.find('=') != std::string_view::npos; }
  Word value() const {
    const std::size_t at = text.find('=') + 1;
    return {text.substr(at), column + static_cast<std::uint32_t>(at)};
  }
};

bool is_space(char letter) { return letter == ' ' || letter == '\t' || letter == '\r'; }

// SMG-13: up to a word that begins with `#`.
std::vector<Word> words_of(std::string_view line) {
  std::vector<Word> words;
  std::size_t at = 0;
  while (true) {
    while (at < line.size() && is_space(line[at])) ++at;
    if (at == line.size() || line[at] == '#') return words;
    const std::size_t begin = at;
    while (at < line.size() && !is_space(line[at])) ++at;
    words.push_back({line.substr(begin, at - begin), static_cast<std::uint32_t>(begin + 1)});
  }
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= name_bytes_max &&
         std::ranges::none_of(text, [](char letter) {
           const auto byte = static_cast<unsigned char>(letter);
           return byte <= ' ' || byte == 0x7f || letter == '=' || letter == '#';
         });
}

std::optional<UserId> user_of(std::string_view text) {
  UserId user = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), user);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return user <= policy_user_max ? std::optional(user) : std::nullopt;
}

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

}  // namespace

class BindingsParser {
 public:
  std::expected<Bindings, BindingsError> parse(std::string_view text) {
    while (!text.empty() && !error_) {
      const std::size_t end = text.find('\n');
      ++line_;
      take_line(text.substr(0, end));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    if (error_) return std::unexpected(*error_);  // SMG-25
    return std::move(read_);
  }

 private:
  void take_line(std::string_view line) {
    words_ = words_of(line);
    if (words_.empty()) return;
    end_column_ = words_.back().column + static_cast<std::uint32_t>(words_.back().text.size());
    used_ = 1;
    const std::string_view first = words_.front().text;
    if (first == "name") return take_name();
    if (first == "capability") return take_capability();
    if (first == "register") return take_register();
    if (first == "reach") return take_reach();
    fail(words_.front(), "unknown word " + quoted(first) +
                             "; expected `name`, `register`, `reach` or `capability`");  // SMG-24
  }

  void take_name() {
    const Word name = plain_word("a name");
    const std::optional<Word> uid = value_of("uid");
    const UserId user = uid ? user_in(*uid) : 0;
    if (!uid) fail_missing("`uid=`");
    finish();
    if (!error_ && !users_.emplace(name.text, user).second) {
      fail(name, quoted(name.text) + " is declared twice");  // SMG-22
    }
  }

  void take_capability() {
    const Word name = plain_word("the name of a capability");
    finish();
    if (error_) return;
    if (std::ranges::find(read_.capabilities_, name.text) != read_.capabilities_.end()) {
      return fail(name, quoted(name.text) + " is declared twice");  // SMG-22
    }
    read_.capabilities_.emplace_back(name.text);
  }

  void take_register() {
    const RegisterBinding binding{client(), service("service", "feature")};
    finish();
    add(read_.registering_, binding);
  }

  void take_reach() {
    ReachBinding binding{client(), service("service", "feature"), {}};
    const std::optional<Word> provider = value_of("provider");
    const std::optional<Word> feature = value_of("provider_feature");
    if (!provider && feature) fail(*feature, "`provider_feature=` without `provider=`");  // SMG-24
    binding.provider.service = provider ? name_in(*provider) : binding.name.service;
    binding.provider.feature = feature ? name_in(*feature) : binding.name.feature;  // SMG-19
    finish();
    add(read_.reaching_, binding);
    if (!error_ && read_.policies_of(binding.provider).size() > policies_max) {
      fail(words_.front(), "a ninth policy for " + quoted(binding.provider.service));  // SMG-23
    }
  }

  template <typename Binding>
  void add(std::vector<Binding>& bindings, const Binding& binding) {
    if (error_) return;
    const auto covers = [&](const Binding& earlier) {
      return earlier.name == binding.name && earlier.client.has_all_of(binding.client);
    };
    if (std::ranges::any_of(bindings, covers)) {
      return fail(words_.front(), "never decides: a line before has these clients");  // SMG-21
    }
    bindings.push_back(binding);
  }

  Client client() {
    const std::optional<Word> uid = value_of("uid");
    const std::optional<Word> name = value_of("name");
    if (uid && name) fail(words_.front(), "both `uid=` and `name=`");
    if (uid) return clients_in(*uid);
    if (name) return named_client(*name);
    fail_missing("`uid=` or `name=`");
    return {};
  }

  Client clients_in(const Word& value) {  // SMG-14
    const std::size_t dash = value.text.find('-');
    if (dash == std::string_view::npos) {
      const UserId user = user_in(value);
      return {user, user, false};
    }
    const UserId first = user_in({value.text.substr(0, dash), value.column});
    const auto last_column = value.column + static_cast<std::uint32_t>(dash + 1);
    const UserId last = user_in({value.text.substr(dash + 1), last_column});
    if (first > last) fail(value, "the first user id is above the last");
    return {first, last, false};
  }

  Client named_client(const Word& value) {  // SMG-15
    const auto user = users_.find(value.text);
    if (user == users_.end()) {
      fail(value, quoted(value.text) + " is declared by no `name` before");  // SMG-22
      return {};
    }
    return {user->second, user->second, true};
  }

  ServiceName service(std::string_view service_key, std::string_view feature_key) {
    ServiceName name;
    const std::optional<Word> service = value_of(service_key);
    const std::optional<Word> feature = value_of(feature_key);
    if (!service) fail_missing("`service=`");
    if (service) name.service = name_in(*service);
    if (feature) name.feature = name_in(*feature);
    return name;
  }

  // The word behind the first one.
  Word plain_word(const char* expected) {
    if (words_.size() < 2 || words_[1].has_value()) {
      fail_missing(expected);
      return {};
    }
    used_ = 2;
    name_in(words_[1]);
    return words_[1];
  }

  std::optional<Word> value_of(std::string_view key) {
    const auto rest = std::span(words_).subspan(used_);
    const auto found = std::ranges::find_if(
        rest, [&](const Word& word) { return word.has_value() && word.key() == key; });
    if (found == rest.end()) return std::nullopt;
    const Word value = found->value();
    std::rotate(rest.begin(), found, found + 1);  // to those that were used
    ++used_;
    return value;
  }

  UserId user_in(const Word& value) {
    const std::optional<UserId> user = user_of(value.text);
    if (!user) fail(value, quoted(value.text) + " is no user id from 0 to 2147483647");
    return user.value_or(0);
  }

  std::string name_in(const Word& value) {
    if (!is_name(value.text)) fail(value, quoted(value.text) + " is no name of 1 to 255 bytes");
    return std::string(value.text);
  }

  // SMG-24: every word has been used.
  void finish() {
    if (used_ == words_.size()) return;
    const Word& left = words_[used_];
    const bool is_second = std::ranges::any_of(
        std::span(words_).first(used_),
        [&](const Word& word) { return word.has_value() && word.key() == left.key(); });
    fail(left,
         quoted(left.text) + (is_second ? ": this key stands twice" : " is not expected here"));
  }

  void fail_missing(const std::string& what) { fail({{}, end_column_}, what + " is missing"); }
  // The first error of a line is the one told.
  void fail(const Word& at, std::string reason) {
    if (!error_) error_ = BindingsError{line_, at.column, std::move(reason)};
  }

  Bindings read_;
  std::map<std::string, UserId, std::less<>> users_;
  std::uint32_t line_ = 0;
  std::vector<Word> words_;  // of the line: those that were used stand first
  std::size_t used_ = 0;
  std::uint32_t end_column_ = 1;
  std::optional<BindingsError> error_;
};

std::expected<Bindings, BindingsError> Bindings::parse(std::string_view text) {
  return BindingsParser().parse(text);
}

}  // namespace touchstone::services
