// The programs themselves, where they are installed, on x509-limbo's cases: openssl verify and certtool.
// Their own words are held against the profiles'.

#include <catch2/catch_test_macros.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>

#include <unistd.h>

#include "certs/advice/full_verdict.h"
#include "certs/clients/judge.h"
#include "certs/clients/profiles.h"
#include "certs/model/pem.h"
#include "tests/certs/limbo_cases.h"

using namespace mailtap;

namespace {

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen((command + " 2>&1").c_str(), "r"), ::pclose);
  std::string text;
  std::array<char, 4096> part{};
  while (pipe && std::fgets(part.data(), part.size(), pipe.get()) != nullptr) text += part.data();
  return text;
}

/// A folder that is gone afterwards.
class Folder {
 public:
  Folder()
      : path_(std::filesystem::temp_directory_path() / ("mailtap-clients-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string write(const std::string& name, const std::vector<std::string>& pems) const {
    const auto file = path_ / name;
    std::ofstream stream(file);
    for (const auto& pem : pems) stream << pem << "\n";
    return file.string();
  }

 private:
  std::filesystem::path path_;
};

/// Cases of the core with a name: what programs can be asked about. `any_time`: also those with a time of
/// their own.
std::vector<limbo::Case> cases(bool any_time) {
  std::vector<limbo::Case> some;
  for (const auto& test : limbo::shared_cases())
    if (test.server && !test.max_chain_depth && test.crls.empty() && !test.id.starts_with("bettertls") &&
        !test.id.starts_with("pathological") && !test.peer_name.empty() &&
        (any_time || test.validation_time.empty()) && test.validation_time.find('.') == std::string::npos)
      some.push_back(test);
  if (some.empty()) SKIP("x509-limbo's testcases aren't here: name them with MAILTAP_LIMBO=FILE");
  return some;
}

struct Count {
  int agreed = 0;
  int count = 0;
  int same_words = 0;
  int refused = 0;
};

void tell(const std::string& program, const Count& count) {
  std::cout << program << ": " << count.agreed << " of " << count.count << " cases agreed; of "
            << count.refused << " that both refuse, " << count.same_words << " in the same words\n";
  CHECK(count.agreed * 100 >= count.count * 97);
  CHECK(count.same_words * 100 >= count.refused * 90);
}

Time now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

limbo::Outcome predicted(const limbo::Case& test, const char* client) {
  return limbo::run_as(test, *certs::clients::find_profile(client), now());
}

void compare(Count& count, const limbo::Case& test, const limbo::Outcome& prediction, bool accepted,
             const std::string& said) {
  ++count.count;
  const bool agreed = (prediction.actual == "SUCCESS") == accepted;
  if (agreed) ++count.agreed;
  if (!agreed || accepted) {
    if (!agreed)
      UNSCOPED_INFO(test.id << ": predicted " << prediction.actual << " " << prediction.context << ", said "
                            << said);
    return;
  }
  ++count.refused;
  const auto words = prediction.context.substr(prediction.context.find(": ") + 2);
  if (said.find(words) != std::string::npos) {
    ++count.same_words;
  } else {
    UNSCOPED_INFO(test.id << ": predicted " << prediction.context << ", said " << said);
  }
}

}  // namespace

TEST_CASE("openssl verify says what the profile of OpenSSL 3.0 says") {
  const auto version = output_of("openssl version");
  if (!version.starts_with("OpenSSL 3.0."))
    SKIP("openssl 3.0 isn't installed: not compared with it. Here is: " << version);
  const Folder folder;
  Count count;
  for (const auto& test : cases(true)) {
    const auto at = test.validation_time.empty() ? now() : from_rfc3339(test.validation_time).value_or(now());
    const bool address = test.peer_name.find_first_not_of("0123456789.:abcdef") == std::string::npos &&
                         test.peer_name.find_first_of("0123456789:") == 0;
    const auto said = output_of(
        "openssl verify -no-CApath -no-CAstore -auth_level 2 -purpose sslserver -attime " +
        std::to_string(at.time_since_epoch().count()) + " -CAfile " + folder.write("anchors", test.trusted) +
        (test.sent.empty() ? "" : " -untrusted " + folder.write("sent", test.sent)) +
        (address ? " -verify_ip " : " -verify_hostname ") + test.peer_name + " " +
        folder.write("leaf", {test.peer}));
    compare(count, test, predicted(test, "openssl-3.0"), said.find(": OK\n") != std::string::npos, said);
  }
  tell(version.substr(0, version.find(' ', 8)), count);
}

TEST_CASE("certtool says what the profile of GnuTLS says") {
  const auto version = output_of("certtool --version");
  if (version.find("certtool 3.") == std::string::npos)
    SKIP("certtool isn't installed: GnuTLS isn't compared");
  const Folder folder;
  Count count;
  for (const auto& test : cases(false)) {
    auto chain = std::vector<std::string>{test.peer};
    chain.insert(chain.end(), test.sent.begin(), test.sent.end());
    const auto said = output_of(
        "certtool --verify --verify-profile=medium --verify-purpose=1.3.6.1.5.5.7.3.1 --verify-hostname=" +
        test.peer_name + " --load-ca-certificate=" + folder.write("anchors", test.trusted) +
        " --infile=" + folder.write("chain", chain));
    const auto verdict = said.rfind("Chain verification output:");
    const bool accepted =
        verdict != std::string::npos && said.find("Verified.", verdict) != std::string::npos;
    auto prediction = predicted(test, "gnutls-3.7");
    // It says more where nothing is said of the chain but that a certificate can't be read.
    if (verdict == std::string::npos && prediction.actual == "FAILURE") prediction.context = ": " + said;
    compare(count, test, prediction, accepted, said);
  }
  tell(version.substr(0, version.find('\n')), count);
}
