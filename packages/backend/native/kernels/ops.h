// What addon.cc registers; each kernel's file has its own.
#pragma once
#include <vector>

#include "op.h"

namespace immiscible {

std::vector<Op> groupNormOps();
std::vector<Op> adamOps();

}  // namespace immiscible
