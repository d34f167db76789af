// The addon: loading it makes TensorFlow know the operations, once a process. It exports `names`, those that are known now, and `problem`,
// what went wrong if something did.
#include <node_api.h>

#include <string>
#include <vector>

#include "ops.h"

namespace {

struct Registered {
  std::vector<std::string> names;
  std::string problem;

  Registered() {
    for (const auto& ops : {immiscible::groupNormOps(), immiscible::adamOps()}) {
      for (const auto& op : ops) {
        const std::string failure = immiscible::registerOp(op);
        if (failure.empty()) names.emplace_back(op.name);
        else problem = failure;
      }
    }
  }
};

napi_value text(napi_env env, const std::string& value) {
  napi_value result;
  napi_create_string_utf8(env, value.c_str(), value.size(), &result);
  return result;
}

}  // namespace

NAPI_MODULE_INIT() {
  static const Registered registered;  // also where worker threads load it again
  napi_value names;
  napi_create_array(env, &names);
  for (size_t i = 0; i < registered.names.size(); i++)
    napi_set_element(env, names, static_cast<uint32_t>(i), text(env, registered.names[i]));
  napi_set_named_property(env, exports, "names", names);
  napi_set_named_property(env, exports, "problem", text(env, registered.problem));
  return exports;
}
