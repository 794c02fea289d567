#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "proxy/command_line/command_line.h"
#include "tests/certs/issue/presentation_support.h"

using namespace mailtap;
using namespace mailtap::test;

namespace {

/// The exit code.
int run_mailtap(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "mailtap");
  return commands::run_command_line(arguments, "", false);
}

}  // namespace

TEST_CASE("the command line reaches the commands, and a wrong one is a usage error") {
  const TemporaryFolder folder;
  const auto cert = folder.file("ca.pem");
  const auto key = folder.file("ca.key");
  CHECK(run_mailtap({"ca", "init", "--ca-cert", cert, "--ca-key", key, "--key-type", "p256", "--permit",
                     "contoso.example", "--exclude", "192.0.2.0/24", "--cn", "Contoso", "--days", "30"}) ==
        0);
  CHECK(certs::PrivateKey::parse(read_file(key).value(), "", "k").value()->type() == certs::KeySpec::p256());
  CHECK(run_mailtap({"ca", "show", "--ca-cert", cert, "--ca-key", key}) == 0);
  CHECK(
      run_mailtap({"ca", "issue", "--ca-cert", cert, "--ca-key", key, "--name", "a.contoso.example", "--name",
                   "b.contoso.example", "--cert", folder.file("a.pem"), "--key", folder.file("a.key")}) == 0);
  CHECK(run_mailtap({"ca", "show", "--ca-cert", folder.file("none")}) == 1);
  for (const auto& wrong : std::vector<std::vector<std::string>>{
           {"ca"},
           {"ca", "init"},
           {"ca", "init", "--ca-cert", "x", "--ca-key", "y", "--key-type", "rsa512"},
           {"ca", "init", "--ca-cert", "x", "--ca-key", "y", "--days", "0"},
           {"ca", "issue", "--ca-cert", "x", "--ca-key", "y", "--cert", "z", "--key", "k"},
           {"ca", "import-pfx", "--pfx", "x"},
           {"ca", "import-pfx", "--pfx", "x", "--cert", "y"},
           {"ca", "import-pfx", "--pfx", "x", "--cert", "y", "--ca-key", "z"},
           {"ca", "import-pfx", "--pfx", "x", "--password", "geheim", "--cert", "y", "--key", "z"}}) {
    INFO(join(wrong, " "));
    CHECK(run_mailtap(wrong) == 64);
  }
}

TEST_CASE("the command line takes a PFX or what is in the store, and puts in or takes out, never both") {
  const TemporaryFolder folder;
  const std::vector<std::string> into{"--cert", folder.file("a"), "--key", folder.file("b")};
  const auto import = [&](std::vector<std::string> from) {
    from.insert(from.begin(), {"ca", "import-pfx"});
    from.insert(from.end(), into.begin(), into.end());
    return run_mailtap(from);
  };
  CHECK(import({}) == 64);
  CHECK(import({"--pfx", "x", "--from-store", "y"}) == 64);
  CHECK(import({"--pfx", folder.file("x")}) == 1);
  CHECK(import({"--from-store", "y"}) == 1);
  CHECK(import({"--from-store", "y", "--store", "nobody"}) == 64);
  CHECK(run_mailtap({"ca", "export", "--ca-cert", "x", "--install", "--uninstall"}) == 64);
}
