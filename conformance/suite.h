// suite.h: the contract and where its data lie, found once for a command.
#pragma once

#include "conformance/data_dir.h"
#include "conformance/spec_catalogue.h"

namespace touchstone {

struct Suite {
  DataDir data;
  SpecCatalogue catalogue;
};

}  // namespace touchstone
