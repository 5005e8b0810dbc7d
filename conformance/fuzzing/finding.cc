#include "conformance/fuzzing/finding.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace touchstone::fuzzing {

std::string Found::name() const { return name_of_finding(kind, signature); }

std::string name_of_finding(const std::string& kind, const std::string& signature) {
  return kind + "-" + hash_of(signature);
}

std::string_view kind_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::fail: return "difference";
    case Verdict::crash: return "crash";
    case Verdict::timeout: return "timeout";
    case Verdict::backend_lost: return "lost";
    default: return "unplayable";
  }
}

std::string hash_of(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  return fmt::format("{:016x}", hash);
}

bool FoundList::add(Found found) {
  const auto same = std::ranges::find_if(all_, [&found](const Found& one) {
    return one.kind == found.kind && one.signature == found.signature;
  });
  if (same == all_.end()) {
    all_.push_back(std::move(found));
    return true;
  }
  same->count += found.count;
  return false;
}

}  // namespace touchstone::fuzzing
