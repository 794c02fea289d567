#include "proxy/demo/demo.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <thread>

#include <sys/socket.h>
#include <unistd.h>

#include "certs/verify/verdict.h"
#include "proxy/demo/logged.h"
#include "proxy/demo/router.h"
#include "proxy/net/listen_socket.h"
#include "tls/sessions/sessions.h"

using namespace mailtap;
namespace fs = std::filesystem;

namespace {

/// The one folder for temporary files while it lives.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    auto path = (fs::temp_directory_path() / "demo-test-XXXXXX").string();
    REQUIRE(::mkdtemp(path.data()) != nullptr);
    path_ = path;
    if (const char* before = std::getenv("TMPDIR")) before_ = before;
    ::setenv("TMPDIR", path.c_str(), 1);
  }
  ~TemporaryFolder() {
    if (before_.empty())
      ::unsetenv("TMPDIR");
    else
      ::setenv("TMPDIR", before_.c_str(), 1);
    fs::remove_all(path_);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }
  bool empty() const { return fs::is_empty(path_); }

 private:
  fs::path path_;
  std::string before_;
};

demo::Lab lab() {
  REQUIRE(tls::initialise());
  auto made = demo::make_lab(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
  REQUIRE(made);
  return std::move(*made);
}

struct Finished {
  int status;
  std::string output;
};

Finished run(const demo::Lab& lab, const demo::Options& options = {}) {
  std::ostringstream out;
  const int status = demo::run(lab, options, out, {100, false});
  return {status, out.str()};
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the demonstration shows every fault, each with the verdict that is expected") {
  const TemporaryFolder temporary;
  const auto servers = lab();
  const auto [status, output] = run(servers);
  INFO(output);
  CHECK(status == EXIT_SUCCESS);
  using certs::Fault;
  for (const auto fault : {Fault::self_signed, Fault::untrusted_root, Fault::incomplete_chain, Fault::expired,
                           Fault::not_yet_valid, Fault::revoked, Fault::bad_signature, Fault::weak_key,
                           Fault::weak_signature, Fault::wrong_usage, Fault::constraint_violation,
                           Fault::not_a_ca, Fault::malformed, Fault::critical_extension})
    CHECK(contains(output, certs::to_string(fault)));
  CHECK(contains(output, "name mismatch"));
  CHECK(contains(output, "RemoteCertificate") == false);  // only .NET's short names
  CHECK(contains(output, "UntrustedRoot"));

  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    CHECK(line.size() <= 100);
  }
  CHECK(temporary.empty());
}

TEST_CASE("a verdict other than the expected one fails the demonstration, and it says which") {
  auto altered = lab();
  altered.servers.resize(2);
  altered.servers[1].expected.faults = {"expired"};
  const auto [status, output] = run(altered);
  INFO(output);
  CHECK(status == EXIT_FAILURE);
  CHECK(contains(output, "WRONG wrong-name: faults: none, expected: expired"));
  CHECK(contains(output, "1 of 2 as expected"));
}

TEST_CASE("the demonstration speaks Vietnamese, but for names of faults and what .NET says") {
  auto altered = lab();
  altered.servers.resize(3);
  altered.servers[1].expected.router_refuses = false;
  const auto [status, output] = run(altered, {.language = Language::vietnamese});
  INFO(output);
  CHECK(status == EXIT_FAILURE);
  CHECK(contains(output, "2 trong 3 đúng như dự kiến"));
  CHECK(contains(output, "SAI wrong-name: bộ định tuyến khi một mình từ chối: "));
  CHECK(contains(output, "tin cậy, tên khớp"));
  CHECK(contains(output, "Máy chủ dùng chứng chỉ tự ký"));
  for (const auto* word : {" router ", "mail server", "as expected", "the log ", "alone", "refuses", "none"})
    CHECK_FALSE(contains(output, word));
}

TEST_CASE("a lab whose good server isn't good fails the demonstration") {
  auto altered = lab();
  const auto expired = std::find_if(altered.servers.begin(), altered.servers.end(),
                                    [](const auto& server) { return server.id == "expired"; });
  REQUIRE(expired != altered.servers.end());
  altered.servers[0].chain = expired->chain;
  altered.servers[0].key = expired->key;
  altered.servers.resize(1);
  const auto [status, output] = run(altered);
  INFO(output);
  CHECK(status == EXIT_FAILURE);
  CHECK(contains(output, "the router alone refuses"));
}

TEST_CASE("kept running, it ends with a signal and leaves nothing behind") {
  const TemporaryFolder temporary;
  auto small = lab();
  small.servers.resize(1);
  std::thread signaller([&] {
    // Once the connection is logged, the proxy is there to take the signal.
    const auto logged = [&] {
      for (const auto& folder : fs::directory_iterator(temporary.path())) {
        std::error_code none_yet;
        if (fs::file_size(folder.path() / "connections.jsonl", none_yet) > 0 && !none_yet) return true;
      }
      return false;
    };
    while (!logged()) std::this_thread::sleep_for(std::chrono::milliseconds{5});
    ::kill(::getpid(), SIGTERM);
  });
  const auto [status, output] = run(small, {.keep = true});
  signaller.join();
  INFO(output);
  CHECK(status == EXIT_SUCCESS);
  CHECK(contains(output, "curl -i --cacert " + temporary.path().string()));
  CHECK(contains(output, "openssl s_client -connect 127.0.0.1:"));
  CHECK(temporary.empty());
}

TEST_CASE("the router gives up on a server that says nothing") {
  REQUIRE(tls::initialise());
  auto group = net::bind_group({"127.0.0.1", 0}, 1);
  REQUIRE(group);
  REQUIRE(::listen(group->sockets.front().get(), 1) == 0);
  const auto poll =
      demo::poll_mailbox(group->address, "mail.contoso.example", {}, std::chrono::milliseconds{50});
  REQUIRE(!poll);
  CHECK(poll.error().message == "no answer in time");
}

TEST_CASE("a log line without a verdict tells why the connection ended") {
  const auto logged = demo::parse_log_line(
      R"({"event":"connection","route":"good","verdict":null,"ending":{"reason":"connect-failed","side":"upstream",)"
      R"("detail":"connection refused"}})");
  REQUIRE(!logged);
  CHECK(contains(logged.error().message, "connect-failed"));
  CHECK(contains(logged.error().message, "connection refused"));
}

TEST_CASE("a log line that lacks a member is refused with the member's name") {
  const auto logged =
      demo::parse_log_line(R"({"event":"connection","route":"good","ending":{"reason":"closed"}})");
  REQUIRE(!logged);
  CHECK(contains(logged.error().message, "/verdict/trust"));
}
