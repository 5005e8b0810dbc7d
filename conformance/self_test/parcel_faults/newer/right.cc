// The reference's newer functions, renamed.
#include "conformance/self_test/parcel_faults/right_names.h"
#include "reference/parcel/liteipc_newer/serializer.cc"
