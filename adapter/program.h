// program.h: a Program: a sequence of Operations with what must come back from each, and the header
// lines of its `.case` text.  The one form of hand-written cases, recordings and findings.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapter/operation.h"
#include "adapter/outcome.h"

namespace touchstone {

enum class CaseClass : std::uint8_t { contract, quirk, bug, unspecified, generated };
enum class CaseAbi : std::uint8_t { any, ilp32, lp64 };

struct CaseHeader {
  std::string name;
  std::string title;
  std::vector<std::string> clauses;
  CaseClass case_class = CaseClass::contract;
  CaseAbi abi = CaseAbi::any;
  std::string limits;              // as written: "tasks=128 processes=64 page=4096"
  std::vector<std::string> needs;  // capability words, see backend.h
  std::vector<std::string> quirks;
  std::vector<std::string> bugs;
  bool ids_reused = false;
  friend bool operator==(const CaseHeader&, const CaseHeader&) = default;
};

struct Step {
  Operation operation;
  std::vector<Outcome> expected;  // alternatives; empty where the line has no `->`
  std::uint32_t line = 0;         // in the file, from 1; 0 where there is no text
};

struct Program {
  CaseHeader header;
  std::vector<Step> steps;
  std::vector<std::string> message_names;  // indexed by MessageName
};

// The task that a step is about, for messages: "T2", "P2", or "" (advance, inject).
std::string subject_of(const Operation& operation);

}  // namespace touchstone
