#include "reference/services/fields.h"

#include <gtest/gtest.h>

namespace touchstone::services {
namespace {

class Fields : public testing::TestWithParam<DataModel> {};

TEST_P(Fields, AreReadAsTheyWereWritten) {
  const Parcel parcel = FieldWriter(GetParam())
                            .number(0xffffffff)
                            .signed_number(-5)
                            .truth(true)
                            .text("")
                            .text("camera")
                            .service({11, 7})
                            .finish();
  FieldReader fields(GetParam(), parcel.data, parcel.offsets);
  EXPECT_EQ(fields.number(), 0xffffffffu);
  EXPECT_EQ(fields.signed_number(), -5);
  EXPECT_TRUE(fields.truth());
  EXPECT_EQ(fields.text(), "");
  EXPECT_EQ(fields.text(), "camera");
  const ServiceObject service = fields.service();
  EXPECT_EQ(service.handle, 11u);
  EXPECT_EQ(service.token, 7u);
  EXPECT_TRUE(fields.is_whole());
}

TEST_P(Fields, AreEmptyFromTheFirstBrokenOneOn) {
  Parcel parcel = FieldWriter(GetParam()).text("camera").number(9).finish();
  parcel.data[4] = std::byte{0};
  FieldReader fields(GetParam(), parcel.data);
  EXPECT_EQ(fields.text(), "");
  EXPECT_FALSE(fields.is_whole());
  EXPECT_EQ(fields.number(), 0u);
  EXPECT_FALSE(fields.truth());
  EXPECT_EQ(fields.service().handle, 0u);
  EXPECT_FALSE(fields.is_whole());
}

TEST_P(Fields, AreNotThereInAParcelOfNothing) {
  FieldReader fields(GetParam(), {});
  EXPECT_EQ(fields.number(), 0u);
  EXPECT_FALSE(fields.is_whole());
}

INSTANTIATE_TEST_SUITE_P(DataModels, Fields, testing::Values(DataModel::ilp32, DataModel::lp64));

}  // namespace
}  // namespace touchstone::services
