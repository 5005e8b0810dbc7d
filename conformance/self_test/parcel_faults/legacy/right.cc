// The reference's legacy functions, renamed.
#include "conformance/self_test/parcel_faults/right_names.h"
#include "reference/parcel/liteipc/serializer.cc"
