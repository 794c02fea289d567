#include "proxy/commands/run.h"

#include <cstdlib>

#include <unistd.h>

#include "config/base/text.h"
#include "config/check.h"
#include "inspect/writers/messages.h"
#include "proxy/commands/failure.h"
#include "proxy/runtime/preflight.h"
#include "proxy/runtime/server.h"
#include "tls/crypto/backend.h"

namespace mailtap::commands {

namespace {

Result<void> choose_backend(config::Cryptography cryptography) {
  switch (cryptography) {
    case config::Cryptography::automatic: return crypto::set_backend(crypto::best_backend());
    case config::Cryptography::portable: return crypto::set_backend(crypto::Backend::portable);
    case config::Cryptography::libcrypto: return crypto::set_backend(crypto::Backend::libcrypto);
    case config::Cryptography::multibuffer: return crypto::set_backend(crypto::Backend::multibuffer);
  }
  return {};
}

}  // namespace

int run_proxy(const config::RunCommandLine& line) {
  const inspect::Messages messages(STDERR_FILENO, proxy::is_journal(STDERR_FILENO));
  proxy::Launch launch;
  launch.service = proxy::ServiceManager::from_environment();
  launch.sockets = proxy::InheritedSockets::from_environment(messages);
  launch.predecessor = proxy::Predecessor::from_environment();
  launch.sums_up = ::isatty(STDERR_FILENO) == 1;
  return serve(line, messages, std::move(launch), [] {});
}

int serve(const config::RunCommandLine& line, const inspect::Messages& in_english, proxy::Launch launch,
          const std::function<void()>& started) {
  const auto [settings, problems] = config::read_settings(line);
  const auto messages = in_english.in(config::message_language(settings));
  if (!problems.empty()) {
    messages.error(join(problems, "\n"));
    return usage_error;
  }
  if (const auto chosen = choose_backend(settings.crypto); !chosen) {
    messages.error(chosen.error().message);
    return usage_error;
  }
  messages.say("mailtap: cryptography by " + crypto::describe_backend());
  proxy::Server server(
      messages, [&line] { return config::load_settings(line); }, std::move(launch));
  if (const auto begun = server.start(settings); !begun) {
    const auto all = proxy::preflight(settings, /*bind_ports=*/false).problems;
    messages.error(all.empty() ? begun.error().message
                               : join(config::in_file_order(all, line.config_file), "\n"));
    return EXIT_FAILURE;
  }
  started();
  return server.run();
}

}  // namespace mailtap::commands
