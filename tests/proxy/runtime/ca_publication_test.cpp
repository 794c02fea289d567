#include "proxy/runtime/ca_publication.h"

#include <catch2/catch_test_macros.hpp>

#include "certs/model/pem.h"
#include "tests/certs/issue/presentation_support.h"

using namespace mailtap;
using namespace mailtap::proxy;
using namespace mailtap::test;
using certs::LocalCa;
using std::chrono::hours;

namespace {

struct WithCa {
  TemporaryFolder folder;
  std::string cert = folder.file("ca.pem");
  LocalCaPtr ca;

  WithCa() {
    certs::LocalCaSettings settings;
    settings.key = certs::KeySpec::p256();
    REQUIRE(LocalCa::init(cert, folder.file("ca.key"), settings, now()));
    ca = LocalCa::load(cert, folder.file("ca.key"), "", now()).value();
    ca = ca->published_at("http://mailtap.example:8080/pki").value();
  }
};

http::Request asks(std::string path) {
  return {.path = std::move(path), .query = {}};
}

/// Runs the loop until `condition` holds; false when it doesn't within half a minute.
template <class Condition>
bool run_until(uv_loop_t* loop, Condition condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    uv_run(loop, UV_RUN_ONCE);
  }
  return true;
}

}  // namespace

TEST_CASE("a CA's CRL and certificate are at the addresses that its leaves name") {
  const WithCa with;
  CHECK(with.ca->urls().crl == "http://mailtap.example:8080/pki/" + with.ca->publication_name() + ".crl");
  uv_loop_t loop;
  uv_loop_init(&loop);
  {
    const inspect::Messages messages(-1);
    CaPublication publication(&loop, messages, now);
    auto lists = CaPublication::sign({with.ca, with.ca}, now()).value();
    CHECK(lists.size() == 1);
    publication.publish(std::move(lists));
    const auto name = with.ca->publication_name();
    for (const auto& folder : {"/", "/pki/"}) {
      const auto crl = publication.answer(asks(folder + name + ".crl"));
      CHECK(crl.status == 200);
      CHECK(crl.content_type == "application/pkix-crl");
      with.folder.file("crl", certs::to_pem(as_bytes(crl.body), "X509 CRL"));
      if (has_openssl())
        CHECK(run("openssl crl -noout -CAfile " + with.cert + " -in " + with.folder.file("crl"))
                  .has("verify OK"));
      const auto certificate = publication.answer(asks(folder + name + ".crt"));
      CHECK(certificate.content_type == "application/pkix-cert");
      CHECK(as_bytes(certificate.body).size() == with.ca->chain().front().size());
    }
    for (const auto* path : {"/", "/other.crl", "/.crl", "/ca.pem"})
      CHECK(publication.answer(asks(path)).status == 404);
    CHECK(publication.answer(asks("/" + name)).status == 404);
    publication.publish({});
    CHECK(publication.answer(asks("/" + name + ".crl")).status == 404);
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&loop) == 0);
}

TEST_CASE("a CRL is made anew a day later, long before it ends, and after a clock that was set back") {
  const WithCa with;
  auto time = now();
  uv_loop_t loop;
  uv_loop_init(&loop);
  {
    const inspect::Messages messages(-1);
    CaPublication publication(
        &loop, messages, [&time] { return time; }, std::chrono::milliseconds{1});
    publication.publish(CaPublication::sign({with.ca}, time).value());
    const auto crl = [&] {
      return publication.answer(asks("/" + with.ca->publication_name() + ".crl")).body;
    };
    const auto first = crl();
    time += hours{23};
    for (int i = 0; i < 20; ++i) uv_run(&loop, UV_RUN_ONCE);
    CHECK(crl() == first);
    time += hours{1};
    CHECK(run_until(&loop, [&] { return crl() != first; }));
    const auto second = crl();
    time -= hours{48};
    CHECK(run_until(&loop, [&] { return crl() != second; }));
    time += hours{24};  // one more is under way, or about to be, when the publication ends
    uv_run(&loop, UV_RUN_ONCE);
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&loop) == 0);
}
