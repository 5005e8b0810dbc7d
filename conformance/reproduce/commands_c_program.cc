// The subcommand c-repro.
#include <ostream>

#include "conformance/commands.h"
#include "conformance/reproduce/c_program.h"
#include "conformance/reproduce/c_program_alternatives.h"
#include "conformance/text_file.h"

namespace touchstone {

ExitStatus command_c_repro(const Options& options, const Suite& suite, const World& world) {
  const auto file = find_case(options.case_name, suite.data, suite.catalogue);
  if (!file) return refuse(world, ExitStatus::wrong_usage, file.error());
  const CaseHeader& header = file->program.header;
  CProgramText about;
  about.name = header.name;
  about.title = header.title;
  if (!header.clauses.empty()) {
    about.clause = header.clauses.front();
    if (const Clause* clause = suite.catalogue.find(about.clause))
      about.sentence = clause->sentence;
  }
  const auto text = print_c_program(with_alternatives(file->program, suite.catalogue), about);
  if (!text) return refuse(world, ExitStatus::wrong_usage, file->file + ": " + text.error());
  if (options.output.empty()) {
    world.out << *text;
    return ExitStatus::all_held;
  }
  const auto written = write_text_file(options.output, *text);
  return written ? ExitStatus::all_held : refuse(world, ExitStatus::wrong_usage, written.error());
}

}  // namespace touchstone
