#include "conformance/verdict.h"

namespace touchstone {

std::string_view verdict_word(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass: return "pass";
    case Verdict::quirk: return "quirk";
    case Verdict::unsupported: return "unsupported";
    case Verdict::waived: return "waived";
    case Verdict::fail: return "fail";
    case Verdict::crash: return "crash";
    case Verdict::timeout: return "timeout";
    case Verdict::unexpected_pass: return "unexpected-pass";
    case Verdict::backend_lost: return "backend-lost";
    case Verdict::broken: return "broken";
  }
  return "";
}

std::optional<Verdict> verdict_from_word(std::string_view word) {
  for (const Verdict verdict : all_verdicts) {
    if (verdict_word(verdict) == word) return verdict;
  }
  return std::nullopt;
}

bool fails_the_run(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
    case Verdict::quirk:
    case Verdict::unsupported:
    case Verdict::waived: return false;
    case Verdict::fail:
    case Verdict::crash:
    case Verdict::timeout:
    case Verdict::unexpected_pass:
    case Verdict::backend_lost:
    case Verdict::broken: return true;
  }
  return true;
}

}  // namespace touchstone
