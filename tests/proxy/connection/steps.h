// What most transcripts of an intercepted connection begin and end with.
#pragma once

#include <catch2/catch_test_macros.hpp>

#include "certs/issue/presenter.h"
#include "lab.h"
#include "tests/tls/test_identity.h"

namespace mailtap::proxy::test {

/// Opens a connection on which both sides have shaken hands.
inline void open(Lab& lab) {
  lab.begin();
  REQUIRE(lab.client.is_established());
  REQUIRE(lab.server.is_established());
  REQUIRE_FALSE(lab.is_over);
}

/// The handshake is stuck: the client has been sent nothing of ours.
inline void begin_with_mute_server(Lab& lab) {
  lab.server_begins_with_tls = false;
  lab.begin();
  REQUIRE_FALSE(lab.is_over);
}

/// Presents when it is told to, or nothing at all.
class SlowPresenter final : public certs::Presenter {
 public:
  bool needs_upstream_chain() const override { return true; }
  certs::IdentityPtr present_at_once(const certs::PresentationRequest&) override { return nullptr; }
  Result<certs::IdentityPtr> present(const certs::PresentationRequest& request) override {
    last = request;
    if (!makes) return fail("the CA's key is gone");
    return tests::make_identity();
  }
  bool makes = true;
  certs::PresentationRequest last;
};

}  // namespace mailtap::proxy::test
