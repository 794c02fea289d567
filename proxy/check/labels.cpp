#include "proxy/check/labels.h"

namespace mailtap::check {

namespace {

constexpr Labels english{
    .trusted = "trusted",
    .not_trusted = "NOT TRUSTED",
    .name_matches = "name matches",
    .name_mismatch = "NAME MISMATCH",
    .name_unknown = "its names can't be read",
    .name_not_asked = "no name asked for (--name)",
    .nothing_to_judge = "NOTHING TO JUDGE",
    .may_be_revoked = "may be revoked",
    .server = "server",
    .client = "client",
    .versions = "versions",
    .without_sni = "no SNI",
    .chain = "chain",
    .names = "names",
    .kind = "kind",
    .cause = "cause",
    .validity = "validity",
    .to_do = "to do",
    .lints = "lints",
    .hello = "hello",
    .after_retry = "after a HelloRetryRequest",
    .yes = "yes",
    .answers = "answers",
    .no = "no",
    .handshake_failed = "the handshake failed: ",
    .same_certificate = "the same certificate",
    .other_certificate = "ANOTHER certificate: ",
    .refused = "refused: ",
    .asks_for_certificate = "the server asks for a client certificate, and goes on without one",
    .demands_certificate = "the server DEMANDS a client certificate, and was shown none",
    .takes_certificate = "the server asked for a client certificate, and took the one that it was shown",
    .refuses_certificate = "the server asked for a client certificate, and refuses the one that it was shown",
    .give_certificate =
        "Give the certificate and key that the server's administrator has issued for the router: "
        "--client-cert and "
        "--client-key, for this check and for mailtap run (the router's own can't be relayed).",
    .give_other_key =
        "The key of --client-cert can't sign in any way that the server lists, so it wasn't shown: have the "
        "server's administrator issue a certificate for a key of one of these kinds: ",
    .correct_name =
        "Correct the name, or ask by the server's address: mailtap check ADDRESS:{port} --name {host}. "
        "`getent "
        "hosts {host}` asks the same resolver.",
    .reach_server =
        "Look whether the server is running and listens on port {port} (`ss -ltn` there), whether this is "
        "the port "
        "that was meant (https 443, imaps 993, pop3s 995, smtps 465), and whether a firewall lets it "
        "through.",
    .begin_tls =
        "If connections to port {port} begin in plaintext (25, 587, 110, 143), say which protocol it is: "
        "--starttls "
        "smtp, pop3 or imap. Otherwise give the port of its TLS.",
    .leave_plain_http =
        "Port {port} is for plain HTTP: give the web server's port for TLS, mostly 443: mailtap check "
        "https://{host}. If it has none, give it one (IIS: a binding of type https).",
    .begin_at_once =
        "If connections to port {port} begin with TLS at once (465, 993, 995): mailtap check "
        "{protocol}s://{host}:{port}. Otherwise see that the server says STARTTLS there.",
    .give_time =
        "Give the server more time: --timeout {time}. Many let a client wait for their greeting on purpose, "
        "or look up its address first.",
    .speak_its_protocol =
        "What answers on port {port} speaks something else than {protocol}: say what it speaks (--starttls "
        "smtp, pop3 or imap), or give the port that was meant.",
    .allow_address =
        "The server turns this machine's address away, or is too busy: look into its log, allow the address "
        "there, or run mailtap check on the client's machine.",
    .offer_starttls =
        "Give the server a certificate for this service, and turn STARTTLS on. If it is on, run mailtap "
        "check "
        "on the server's own machine: if STARTTLS is offered there, a device on the way takes it out.",
    .stop_rewriting =
        "A firewall on the way rewrites SMTP (Cisco ASA and PIX: \"inspect esmtp\", \"fixup protocol smtp\", "
        "seen by XXXXXXXA or asterisks): turn that off there, or allow TLS in it (allow-tls).",
    .mend_starttls =
        "The server offers STARTTLS and can't begin TLS now: look into its own log, and at the certificate "
        "and key of that service (missing, expired, or not a pair).",
    .find_who_speaks =
        "Run mailtap check on the server's own machine. If it is the same there, the server is faulty: "
        "update it. If not, somebody in between puts words into the connection (CVE-2011-0411): log in "
        "nowhere over it until that is found.",
    .in_trust_store = "(from the trust store)",
    .missing = "(missing: neither sent nor in the trust store)",
    .not_on_path = "also sent, and not used:",
    .unreadable = "(unreadable)",
    .no_subject = "(no subject)",
    .to = " to ",
    .aia_trusted = "with the issuers that it names, as Windows fetches them, the chain is trusted",
    .aia_faults = "with the issuers that it names the chain is complete, with these faults: ",
    .aia_fails = "doesn't complete the chain: ",
    .list_read = "read, and the verdict is by it",
    .no_lists = "no certificate of the path says where its issuer's list is",
    .answer_good = "answered, and the verdict is by it",
    .no_responders = "no certificate of the path names an OCSP responder (http://)",
    .staple = "staple",
    .staple_states = {"the certificate is good", "the certificate is REVOKED",
                      "its responder doesn't know the certificate", "has expired", "isn't valid yet",
                      "is about another certificate", "its signature is wrong",
                      "its signer may not speak for the CA", "can't be read",
                      "the responder's error instead of an answer", "can't be verified here"},
    .no_staple = "the server staples no OCSP response",
    .demanded_staple = ", which the certificate demands",
    .until = ", until ",
    .in_certificate = " in the certificate, ",
    .in_handshake = " in the handshake, ",
    .in_ocsp = " in the OCSP response",
    .asked_for = "asked for ",
    .fits_exactly = "matches",
    .fits_by_wildcard = "matches by its wildcard",
    .fits_by_address = "matches as an IP address",
    .fits_by_cn = "only the subject's common name matches, which old .NET accepts and others don't",
    .fits_as_dns = "the address is there as a DNS name only, which Windows accepts and others don't",
    .no_name = "the certificate has no name",
    .and_more = " more",
    .kinds = {"self-signed", "private PKI", "public CA", "unknown"},
    .certificate_template = ", AD CS template ",
    .causes = {"the certificate isn't trusted", "the name asked for isn't among the certificate's"},
    .dotnet_connects = "connects",
    .clients = "clients",
    .accept_it = " accept it",
    .refuse_it = " refuse it:",
    .accepts = " accepts it",
    .refuses = " refuses it: ",
    .target = "target",
    .trust = "trust",
    .name = "name",
    .days = "days left",
};

constexpr Labels vietnamese{
    .trusted = "tin cậy",
    .not_trusted = "KHÔNG TIN CẬY",
    .name_matches = "tên khớp",
    .name_mismatch = "TÊN KHÔNG KHỚP",
    .name_unknown = "không đọc được các tên",
    .name_not_asked = "không hỏi tên nào (--name)",
    .nothing_to_judge = "KHÔNG CÓ GÌ ĐỂ XÉT",
    .may_be_revoked = "có thể đã bị thu hồi",
    .server = "máy chủ",
    .client = "máy khách",
    .versions = "phiên bản",
    .without_sni = "không SNI",
    .chain = "chuỗi",
    .names = "tên",
    .kind = "loại",
    .cause = "lý do",
    .validity = "thời hạn",
    .to_do = "cần làm",
    .lints = "lưu ý",
    .hello = "lời chào",
    .after_retry = "sau một HelloRetryRequest",
    .yes = "có",
    .answers = "có trả lời",
    .no = "không",
    .handshake_failed = "bắt tay thất bại: ",
    .same_certificate = "cùng chứng chỉ đó",
    .other_certificate = "chứng chỉ KHÁC: ",
    .refused = "từ chối: ",
    .asks_for_certificate =
        "máy chủ hỏi chứng chỉ máy khách (client certificate), nhưng không có vẫn tiếp tục",
    .demands_certificate = "máy chủ BẮT BUỘC có chứng chỉ máy khách (client certificate), mà không được đưa",
    .takes_certificate = "máy chủ hỏi chứng chỉ máy khách (client certificate) và nhận cái được đưa",
    .refuses_certificate = "máy chủ hỏi chứng chỉ máy khách (client certificate) và từ chối cái được đưa",
    .give_certificate =
        "Cung cấp chứng chỉ và khóa mà quản trị máy chủ đã cấp cho router: --client-cert và --client-key, "
        "cho lần "
        "kiểm tra này và cho mailtap run (chứng chỉ riêng của router không thể chuyển tiếp).",
    .give_other_key =
        "Khóa của --client-cert không ký được theo cách nào mà máy chủ liệt kê, nên chứng chỉ không được "
        "đưa: "
        "hãy nhờ quản trị máy chủ cấp chứng chỉ cho khóa thuộc một trong các loại này: ",
    .correct_name =
        "Sửa lại tên, hoặc hỏi theo địa chỉ của máy chủ: mailtap check ADDRESS:{port} --name {host}. `getent "
        "hosts "
        "{host}` hỏi cùng bộ phân giải tên đó.",
    .reach_server =
        "Xem máy chủ có đang chạy và lắng nghe ở cổng {port} không (`ss -ltn` trên máy đó), có đúng là cổng "
        "cần hỏi "
        "không (https 443, imaps 993, pop3s 995, smtps 465), và tường lửa có cho qua không.",
    .begin_tls =
        "Nếu kết nối đến cổng {port} bắt đầu không mã hóa (25, 587, 110, 143), hãy cho biết giao thức: "
        "--starttls smtp, "
        "pop3 hoặc imap. Nếu không, hãy cho cổng có TLS của nó.",
    .leave_plain_http =
        "Cổng {port} dành cho HTTP không mã hóa: hãy cho cổng TLS của máy chủ web, thường là 443: mailtap "
        "check https://{host}. Nếu chưa có, hãy tạo (IIS: một binding loại https).",
    .begin_at_once =
        "Nếu kết nối đến cổng {port} bắt đầu ngay bằng TLS (465, 993, 995): mailtap check "
        "{protocol}s://{host}:{port}. Nếu không, hãy xem máy chủ có báo STARTTLS ở đó không.",
    .give_time =
        "Hãy cho máy chủ thêm thời gian: --timeout {time}. Nhiều máy chủ cố ý bắt máy khách chờ lời chào, "
        "hoặc tra địa chỉ của nó trước.",
    .speak_its_protocol =
        "Thứ trả lời ở cổng {port} không nói {protocol}: hãy cho biết nó nói gì (--starttls smtp, pop3 hoặc "
        "imap), hoặc cho đúng cổng cần hỏi.",
    .allow_address =
        "Máy chủ từ chối địa chỉ của máy này, hoặc đang quá bận: xem nhật ký của nó, cho phép địa chỉ này ở "
        "đó, hoặc chạy mailtap check trên máy khách.",
    .offer_starttls =
        "Hãy cài cho máy chủ một chứng chỉ cho dịch vụ này và bật STARTTLS. Nếu đã bật, hãy chạy mailtap "
        "check ngay trên máy chủ: nếu ở đó có STARTTLS thì một thiết bị dọc đường đã bỏ nó đi.",
    .stop_rewriting =
        "Một tường lửa dọc đường sửa SMTP (Cisco ASA và PIX: \"inspect esmtp\", \"fixup protocol smtp\", "
        "nhận "
        "ra qua XXXXXXXA hoặc dấu sao): hãy tắt việc đó, hoặc cho phép TLS ở đó (allow-tls).",
    .mend_starttls =
        "Máy chủ chào STARTTLS nhưng lúc này không bắt đầu TLS được: xem nhật ký của chính nó, và chứng chỉ "
        "cùng khóa của dịch vụ đó (thiếu, hết hạn, hoặc không thành cặp).",
    .find_who_speaks =
        "Hãy chạy mailtap check ngay trên máy chủ. Nếu ở đó cũng vậy thì máy chủ lỗi: hãy cập nhật. Nếu "
        "không, có ai ở giữa chèn lời vào kết nối (CVE-2011-0411): đừng đăng nhập qua đó cho đến khi tìm "
        "ra.",
    .in_trust_store = "(từ kho tin cậy)",
    .missing = "(thiếu: không được gửi và không có trong kho tin cậy)",
    .not_on_path = "cũng được gửi nhưng không dùng:",
    .unreadable = "(không đọc được)",
    .no_subject = "(không có chủ thể)",
    .to = " đến ",
    .aia_trusted = "với các bên cấp mà nó nêu, như Windows tự tải về, chuỗi được tin cậy",
    .aia_faults = "với các bên cấp mà nó nêu, chuỗi đầy đủ nhưng có lỗi: ",
    .aia_fails = "không làm chuỗi đầy đủ: ",
    .list_read = "đã đọc, kết luận có xét danh sách này",
    .no_lists = "không chứng chỉ nào trên đường dẫn cho biết danh sách thu hồi của bên cấp ở đâu",
    .answer_good = "đã trả lời, kết luận có xét câu trả lời này",
    .no_responders = "không chứng chỉ nào trên đường dẫn nêu máy OCSP (http://)",
    .staple = "OCSP kèm",
    .staple_states = {"chứng chỉ còn tốt", "chứng chỉ ĐÃ BỊ THU HỒI", "máy OCSP không biết chứng chỉ này",
                      "đã hết hạn", "chưa có hiệu lực", "nói về một chứng chỉ khác", "chữ ký sai",
                      "bên ký không được phép nói thay CA", "không đọc được",
                      "là lỗi của máy OCSP thay vì câu trả lời", "không kiểm tra được ở đây"},
    .no_staple = "máy chủ không gửi kèm phản hồi OCSP",
    .demanded_staple = ", trong khi chứng chỉ đòi hỏi",
    .until = ", đến ",
    .in_certificate = " trong chứng chỉ, ",
    .in_handshake = " trong bắt tay, ",
    .in_ocsp = " trong phản hồi OCSP",
    .asked_for = "được hỏi: ",
    .fits_exactly = "khớp",
    .fits_by_wildcard = "khớp theo ký tự đại diện",
    .fits_by_address = "khớp theo địa chỉ IP",
    .fits_by_cn = "chỉ tên chung (CN) của chủ thể khớp: .NET cũ chấp nhận, phần mềm khác thì không",
    .fits_as_dns = "địa chỉ chỉ có dưới dạng tên DNS: Windows chấp nhận, phần mềm khác thì không",
    .no_name = "chứng chỉ không có tên nào",
    .and_more = " tên nữa",
    .kinds = {"tự ký", "PKI nội bộ", "CA công cộng", "không rõ"},
    .certificate_template = ", mẫu AD CS ",
    .causes = {"chứng chỉ không được tin cậy", "tên được hỏi không có trong chứng chỉ"},
    .dotnet_connects = "kết nối được",
    .clients = "phía khách",
    .accept_it = " chấp nhận",
    .refuse_it = " từ chối:",
    .accepts = " chấp nhận",
    .refuses = " từ chối: ",
    .target = "đích",
    .trust = "tin cậy",
    .name = "tên",
    .days = "ngày còn lại",
};

}  // namespace

const Labels& labels_of(certs::Language language) {
  return language == certs::Language::vietnamese ? vietnamese : english;
}

}  // namespace mailtap::check
