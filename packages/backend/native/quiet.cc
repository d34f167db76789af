// Takes the process's standard error away while libtensorflow is loaded: its static initializers log there (oneDNN's
// notice, CUDA's registrations) before it reads TF_CPP_MIN_LOG_LEVEL, and Node has no dup2 of its own.
#include <fcntl.h>
#include <node_api.h>
#include <unistd.h>

namespace {

int saved = -1;

napi_value Mute(napi_env, napi_callback_info) {
  const int null_device = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (saved < 0 && null_device >= 0) {
    saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (saved >= 0) dup2(null_device, STDERR_FILENO);
  }
  if (null_device >= 0) close(null_device);
  return nullptr;
}

napi_value Unmute(napi_env, napi_callback_info) {
  if (saved >= 0) {
    dup2(saved, STDERR_FILENO);
    close(saved);
    saved = -1;
  }
  return nullptr;
}

}  // namespace

NAPI_MODULE_INIT() {
  const napi_property_descriptor properties[] = {
      {"mute", nullptr, Mute, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"unmute", nullptr, Unmute, nullptr, nullptr, nullptr, napi_enumerable, nullptr}};
  napi_define_properties(env, exports, 2, properties);
  return exports;
}
