"use strict";
// The reader's language: sentences and numbers. What logs and scripts name (endings, faults in the filter) stays
// as it is there. A dictionary's value is a text, with {0}, {1} for what is put in, or [one, many] by {0}.
const words = (() => {
  const known = {en: "English", vi: "Tiếng Việt"};
  let language = "en";
  const chosen = new URLSearchParams(location.hash.slice(1)).get("lang") || document.documentElement.dataset.lang || navigator.language || "en";
  const listeners = [];
  function use(wanted) {
    language = wanted.toLowerCase().startsWith("vi") ? "vi" : "en";
    document.documentElement.lang = language;
  }
  use(chosen);
  function choose(wanted) {
    use(wanted);
    translate();
    for (const each of listeners) each();
  }
  /// Of the texts that stand in the page: data-t names the text, data-t-LABEL that of the attribute.
  function translate() {
    for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
    for (const [data, attribute] of [["tLabel", "aria-label"], ["tPlaceholder", "placeholder"]])
      for (const node of document.querySelectorAll(`[data-${data.replace("L", "-l").replace("P", "-p")}]`)) node.setAttribute(attribute, t(node.dataset[data]));
  }
  const number = value => value.toLocaleString(language);
  /// Where there is little room: 178K.
  const compact = value => value < 10000 ? number(value) : value.toLocaleString(language, {notation: "compact", maximumFractionDigits: 1});
  function t(key, ...values) {
    let text = texts[language][key] ?? texts.en[key] ?? (key.includes(".") ? key.slice(key.indexOf(".") + 1) : key);
    if (Array.isArray(text)) text = text[values[0] === 1 ? 0 : 1];
    return text.replace(/\{(\d)\}/g, (_, i) => typeof values[i] === "number" ? number(values[i]) : values[i]);
  }
  const has = key => key in texts[language] || key in texts.en;

  const duration = us => us == null || us < 0 ? "–" : us < 1000 ? `${us} µs` : us < 1e6 ? `${fixed(us / 1000, us < 1e4 ? 2 : us < 1e5 ? 1 : 0)} ms`
    : us < 6e7 ? `${fixed(us / 1e6, 1)} s` : us < 36e8 ? `${fixed(us / 6e7, 1)} min` : `${fixed(us / 36e8, 1)} h`;
  const fixed = (value, digits) => value.toLocaleString(language, {minimumFractionDigits: digits, maximumFractionDigits: digits});
  const size = n => n < 1000 ? `${n} B` : n < 1e6 ? `${fixed(n / 1e3, 1)} kB` : n < 1e9 ? `${fixed(n / 1e6, 1)} MB` : `${fixed(n / 1e9, 2)} GB`;
  const pad = (n, digits = 2) => String(n).padStart(digits, "0");
  function clock(time, withMilliseconds) {
    const d = new Date(time);
    return `${pad(d.getHours())}:${pad(d.getMinutes())}:${pad(d.getSeconds())}` + (withMilliseconds ? `.${pad(d.getMilliseconds(), 3)}` : "");
  }
  function day(time) {
    const d = new Date(time);
    return `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())}`;
  }
  const days = count => phrases.days(count, language);
  const daysLeft = count => count < 0 ? t("expired-days", days(-count)) : count === 0 ? t("last-day") : t("days-left", days(count));
  /// A sentence of a log or a trace.
  const said = text => phrases.said(text, language);

  const faults = {
    en: {"self-signed": "the certificate is self-signed", "untrusted-root": "issued by a CA that isn't trusted", "incomplete-chain": "an intermediate certificate is missing",
      expired: "a certificate has expired", "not-yet-valid": "a certificate isn't valid yet", revoked: "the certificate was revoked", "bad-signature": "a signature is wrong",
      "weak-key": "the key is too short", "weak-signature": "signed with a broken algorithm", "wrong-usage": "the certificate isn't for servers",
      "constraint-violation": "its CA may not issue for this name", "not-a-ca": "issued by a certificate that isn't a CA's", malformed: "the certificate is malformed",
      "critical-extension": "it has a critical extension that nobody knows", "missing-staple": "the server staples no OCSP response, which the certificate demands", "name-mismatch": "the certificate is for another name"},
    vi: {"self-signed": "chứng chỉ tự ký", "untrusted-root": "do một CA không được tin cậy cấp", "incomplete-chain": "thiếu chứng chỉ trung gian",
      expired: "một chứng chỉ đã hết hạn", "not-yet-valid": "một chứng chỉ chưa có hiệu lực", revoked: "chứng chỉ đã bị thu hồi", "bad-signature": "một chữ ký sai",
      "weak-key": "khóa quá ngắn", "weak-signature": "ký bằng thuật toán đã bị phá", "wrong-usage": "chứng chỉ không dành cho máy chủ",
      "constraint-violation": "CA không được phép cấp cho tên này", "not-a-ca": "do một chứng chỉ không phải của CA cấp", malformed: "chứng chỉ sai cấu trúc",
      "critical-extension": "có phần mở rộng quan trọng không ai biết", "missing-staple": "máy chủ không gửi kèm phản hồi OCSP mà chứng chỉ đòi hỏi", "name-mismatch": "chứng chỉ dành cho tên khác"},
  };
  const texts = {
    en: {
      "language": "Language", "live": "live", "connecting": "connecting", "lost": "not connected, trying again", "skip": "Skip to the connections",
      "token-heading": "A token is needed", "token-label": "The line in the file that --admin-token-file names", "show": "Show",
      "copy": "Copy", "copied": "Copied", "selected": "Selected", "copy-command": "Copy the command: {0}",
      "all-well": ["The one server is well.", "All {0} servers are well."], "none-yet": "No server has been connected to yet.",
      "have-faults": ["1 of {1} servers has faults", "{0} of {1} servers have faults"], "are-down": ["1 can't be reached", "{0} can't be reached"],
      "end-soon": ["1 certificate ends soon", "{0} certificates end soon"],
      "router-refused": ["the router rejected 1 certificate in the last hour", "the router rejected {0} certificates in the last hour"],
      "router-refused-report": ["the router rejected 1 certificate", "the router rejected {0} certificates"],
      "worst": "What to do, worst first", "nothing-to-do": "Nothing to do.", "servers": "Servers", "next": "Next:", "cause": "Cause", "more": "{0} more", "fewer": "Show fewer",
      "cause.1": "the router doesn't trust the certificate", "cause.2": "the router's URL has another name than the certificate", "cause.down": "the server can't be reached, or TLS with it fails",
      "cause.refused": "the router doesn't trust the CA that issues what it is shown", "cause.expiring": "the certificate is near its end",
      "health.down": "down", "health.faulty": "faulty", "health.refused": "refused", "health.expiring": "ends soon", "health.unknown": "unknown", "health.well": "well",
      "days-left": "{0} left", "expired-days": "expired {0} ago", "last-day": "ends today",
      "tile": "{0}: {1}. {2}. Shows its connections.", "connections-n": ["1 connection", "{0} connections"], "failed-n": ["1 failed", "{0} failed"],
      "charts": "Over time", "span": "Span", "span.15m": "15 minutes", "span.24h": "a day", "span.30d": "30 days",
      "chart.rate": "Connections a second", "chart.time": "Handshake time", "chart.endings": "Endings", "chart.p50": "median", "chart.p99": "slowest 1 %",
      "chart.well": "well", "chart.faulty": "faulty certificate", "chart.failed": "failed", "chart.by-server": "server failed", "chart.by-client": "client failed", "chart.by-mailtap": "mailtap",
      "chart.up-to": "at most {0}", "chart.none": "nothing in this time",
      "connections": "Connections", "filter": "Filter", "filter-placeholder": "words, or fields: verdict:untrusted route:mail tls:1.2",
      "help": "Filter language and keys", "pause": "Pause", "shown-of": "{0} of {1}", "went-by": "{0} went by too fast to be listed, and are counted", "paused": "paused",
      "no-field": "There is no field “{0}”. There are: {1}.", "no-value": "“{0}” is no value of {1}, which takes such as {2}.",
      "searching": "searching", "link": "Copy link", "columns.id": "#", "columns.time": "Time", "columns.verdict": "Verdict", "columns.name": "Name", "columns.server": "Server", "columns.client": "Client", "columns.route": "Route",
      "columns.tls": "TLS", "columns.lasted": "Lasted", "columns.bytes": "Bytes", "columns.ending": "Ending", "no-rows": "No connection matches.", "no-rows-yet": "No connection yet.",
      "connection": "Connection {0}", "close": "Close", "previous": "Previous", "following": "Next", "not-kept": "Connection {0} is no longer kept. The log has it.",
      "tab.summary": "Summary", "tab.chain": "Certificates", "tab.clients": "Clients", "tab.handshake": "Handshake", "tab.exchanges": "Exchanges", "tab.json": "JSON",
      "no-certificate": "no certificate seen", "trusted": "trusted, and for the name", "client": "client", "server": "server", "name": "name", "asked": "asked for {0}; the certificate is for {1}", "none": "none",
      "direct": "without mailtap", "direct-no": "no agreement ({0})", "direct-unknown": "not known ({0})", "differences": "what mailtap changes",
      "differs.versions": "versions not offered to the server", "differs.ciphers": "suites not offered to the server", "differs.groups": "groups not offered to the server", "differs.signature-algorithms": "signature algorithms not offered to the server", "differs.extensions": "extensions not sent to the server", "differs.alpn": "protocols not offered to the server",
      "differs.hello": "hello to the server is mailtap's own", "differs.tls": "version, client's leg and server's", "differs.cipher": "suite, client's leg and server's", "differs.group": "group, client's leg and server's", "differs.resumption": "session, client's leg and server's", "differs.early-data": "early data refused", "differs.certificate": "certificate, shown and the server's", "differs.channel-binding": "channel binding", "differs.client-certificate": "client certificate not relayed",
      "dotnet": ".NET says", "mode": "mode", "observed": "observed, not intercepted", "presented": "shown to the client", "router": "the router", "ended": "ended", "traffic": "traffic", "lasted": "lasted",
      "traffic-n": "{0}: {1} exchanges, {2} failed", "to-do": "What to do", "open-now": "open", "probed": "the certificate by a connection of mailtap's own", "kind": "kind", "kind.self-signed": "self-signed", "kind.private-pki": "private PKI", "kind.public-ca": "public CA", "kind.unknown": "unknown",
      "staple": "OCSP staple", "until": ", until {0}", "scts": "{0} in the certificate, {1} in the handshake, {2} in the OCSP response", "staple.none": "none sent", "staple.good": "the certificate is good", "staple.revoked": "the certificate is REVOKED", "staple.unknown": "its responder doesn't know the certificate", "staple.expired": "has expired", "staple.not-yet-valid": "isn't valid yet",
      "staple.other-certificate": "is about another certificate", "staple.bad-signature": "its signature is wrong", "staple.unauthorised": "its signer may not speak for the CA", "staple.malformed": "can't be read", "staple.unsuccessful": "the responder's error instead of an answer", "staple.unjudged": "can't be verified",
      "resumed": "resumed", "issued-by": "issued by", "valid": "valid", "key": "key", "signature": "signature", "names": "names", "unreadable": "can't be read", "not-sent": "not sent, and not in the trust store: {0}", "no-chain": "No certificate was seen.", "path-order": "From the root down to the server's own.",
      "accepts": "accepts", "refuses": "refuses", "clients-all": "Every client that is known would accept it.", "clients-some": ["1 of {1} clients would accept it.", "{0} of {1} clients would accept it."], "clients-none": "What clients would say isn't known here.",
      "ladder": "The handshakes, step by step", "ladder-steps": "More connections came than have their messages noted: here are the steps. --trace records every message.", "at": "at", "unfinished": "not finished", "no-handshake": "There was no handshake.", "bytes": "{0} bytes",
      "step.accepted": "accepted", "step.connect": "TCP connect", "step.connected": "connected", "step.handshake-begins": "handshake begins", "step.handshake-done": "handshake done", "step.ends": "end: {0}", "step.relay": "relay begins",
      "no-exchanges": "Nothing is known of what was said.", "requests": "exchanges", "failed": "failed", "statuses": "last answers", "services": "services", "stopped": "reading stopped",
      "key.slash": "go to the filter", "key.move": "next and previous connection", "key.enter": "open the connection beside the table", "key.escape": "close it", "key.ends": "first, last", "key.page": "a page up or down",
      "help-text": "Words must all occur. A minus takes away; several values by commas; numbers compare: lasted:>1s bytes:<10k. Fields: {0}. is: {1}.",
      "for-programs": "For programs", "report-title": "TLS report", "report-made": "Made {0} from {1}", "report-what": "What was found", "report-servers": "Each server", "report-all": "All connections", "report-agreed": "What was agreed on",
      "report-lead": "mailtap stands between the mail router and the mail servers and looks at each server's certificate: the proof that it is who it says. {0}", "report-right": "right", "report-wrong": "not right", "report-failed": "failed handshakes", "report-technical": "Technical details", "print": "Print",
      "report-grade.bad": "Needs work", "report-grade.some": "Look at it soon", "report-grade.good": "In order", "version-client": "TLS version, client's side", "version-server": "TLS version, server's side", "cipher-client": "Cipher suite, client's side", "cipher-server": "Cipher suite, server's side", "ending-of": "Ending", "fault-of": "Fault",
      "survey.title": "TLS of the servers", "survey.lead": "Versions, cipher suites, certificates and known weaknesses of a server, with a grade. mailtap asks by one to three hundred short connections, four at a time; it logs in nowhere.",
      "survey.server": "Server", "survey.ask": "Ask the server", "survey.asking": ["{1}: 1 question so far", "{1}: {0} questions so far"], "survey.none": "No server has been asked yet.", "survey.refused": "Not asked: {0}", "survey.failed": "{0}: {1}", "survey.asked-at": "asked at {0}",
      "survey.grade": "grade {0}", "survey.no-grade": "no grade", "survey.version": "Version", "survey.suites": "Cipher suites", "survey.groups": "Groups", "survey.signatures": "Signature algorithms", "survey.sessions": "Sessions",
      "survey.order-server": "in the server's order", "survey.order-client": "the client's order decides", "survey.not-spoken": "not spoken", "survey.no-answer": "no answer", "survey.yes": "yes", "survey.no": "no", "survey.potential": "potential", "survey.unknown": "unknown",
      "survey.own-prime": "a prime of its own", "survey.resumed": "resumed", "survey.ticket": ["ticket for 1 s", "ticket for {0} s"], "survey.early-data": "early data", "survey.certificates": "Certificates", "survey.when": "Shown for", "survey.subject": "Subject", "survey.until": "Valid until",
      "survey.able": "Abilities", "survey.post-quantum": "post-quantum key exchange", "survey.weaknesses": "Weaknesses", "survey.absent": "None of: {0}", "survey.questions": ["1 question asked", "{0} questions asked"], "survey.unanswered": "{0} of them not answered",
      "survey.stopped": "The server stopped answering: what wasn't found isn't known to be absent.",
      "seconds": "s", "about-title": "Routes",
    },
    vi: {
      "language": "Ngôn ngữ", "live": "trực tiếp", "connecting": "đang kết nối", "lost": "mất kết nối, đang thử lại", "skip": "Đến danh sách kết nối",
      "token-heading": "Cần mã truy cập", "token-label": "Dòng trong tệp mà --admin-token-file chỉ ra", "show": "Xem",
      "copy": "Chép", "copied": "Đã chép", "selected": "Đã chọn", "copy-command": "Chép lệnh: {0}",
      "all-well": ["Máy chủ duy nhất đều ổn.", "Cả {0} máy chủ đều ổn."], "none-yet": "Chưa kết nối đến máy chủ nào.",
      "have-faults": ["1 trong {1} máy chủ có lỗi", "{0} trong {1} máy chủ có lỗi"], "are-down": ["1 máy không kết nối được", "{0} máy không kết nối được"],
      "end-soon": ["1 chứng chỉ sắp hết hạn", "{0} chứng chỉ sắp hết hạn"],
      "router-refused": ["bộ định tuyến từ chối 1 chứng chỉ trong giờ qua", "bộ định tuyến từ chối {0} chứng chỉ trong giờ qua"],
      "router-refused-report": ["bộ định tuyến từ chối 1 chứng chỉ", "bộ định tuyến từ chối {0} chứng chỉ"],
      "worst": "Việc cần làm, nặng nhất trước", "nothing-to-do": "Không có việc gì.", "servers": "Máy chủ", "next": "Tiếp theo:", "cause": "Lý do", "more": "thêm {0}", "fewer": "Thu gọn",
      "cause.1": "bộ định tuyến không tin cậy chứng chỉ", "cause.2": "URL của bộ định tuyến có tên khác với chứng chỉ", "cause.down": "không kết nối được máy chủ, hoặc TLS thất bại",
      "cause.refused": "bộ định tuyến không tin cậy CA cấp chứng chỉ mà nó được xem", "cause.expiring": "chứng chỉ sắp hết hạn",
      "health.down": "không đến được", "health.faulty": "có lỗi", "health.refused": "bị từ chối", "health.expiring": "sắp hết hạn", "health.unknown": "chưa rõ", "health.well": "ổn",
      "days-left": "còn {0}", "expired-days": "hết hạn {0} trước", "last-day": "hết hạn hôm nay",
      "tile": "{0}: {1}. {2}. Xem các kết nối của nó.", "connections-n": "{0} kết nối", "failed-n": "{0} thất bại",
      "charts": "Theo thời gian", "span": "Khoảng", "span.15m": "15 phút", "span.24h": "một ngày", "span.30d": "30 ngày",
      "chart.rate": "Kết nối mỗi giây", "chart.time": "Thời gian bắt tay", "chart.endings": "Kết thúc", "chart.p50": "trung vị", "chart.p99": "1 % chậm nhất",
      "chart.well": "tốt", "chart.faulty": "chứng chỉ không đúng", "chart.failed": "thất bại", "chart.by-server": "phía máy chủ", "chart.by-client": "phía khách", "chart.by-mailtap": "mailtap",
      "chart.up-to": "nhiều nhất {0}", "chart.none": "không có gì trong khoảng này",
      "connections": "Các kết nối", "filter": "Lọc", "filter-placeholder": "từ, hoặc trường: verdict:untrusted route:mail tls:1.2",
      "help": "Cách lọc và phím", "pause": "Dừng", "shown-of": "{0} trong {1}", "went-by": "{0} kết nối qua quá nhanh, chỉ được đếm", "paused": "đang dừng",
      "no-field": "Không có trường “{0}”. Các trường: {1}.", "no-value": "“{0}” không phải giá trị của {1}, ví dụ {2}.",
      "searching": "đang tìm", "link": "Chép liên kết", "columns.id": "#", "columns.time": "Lúc", "columns.verdict": "Kết luận", "columns.name": "Tên", "columns.server": "Máy chủ", "columns.client": "Máy khách", "columns.route": "Tuyến",
      "columns.tls": "TLS", "columns.lasted": "Kéo dài", "columns.bytes": "Byte", "columns.ending": "Kết thúc", "no-rows": "Không kết nối nào khớp.", "no-rows-yet": "Chưa có kết nối nào.",
      "connection": "Kết nối {0}", "close": "Đóng", "previous": "Trước", "following": "Sau", "not-kept": "Kết nối {0} không còn được giữ. Xem trong nhật ký.",
      "tab.summary": "Tóm tắt", "tab.chain": "Chứng chỉ", "tab.clients": "Phần mềm khách", "tab.handshake": "Bắt tay", "tab.exchanges": "Trao đổi", "tab.json": "JSON",
      "no-certificate": "chưa thấy chứng chỉ", "trusted": "tin cậy, đúng tên", "client": "máy khách", "server": "máy chủ", "name": "tên", "asked": "hỏi {0}; chứng chỉ dành cho {1}", "none": "không có",
      "direct": "không có mailtap", "direct-no": "không thỏa thuận được ({0})", "direct-unknown": "không rõ ({0})", "differences": "điều mailtap thay đổi",
      "differs.versions": "phiên bản không đề nghị với máy chủ", "differs.ciphers": "bộ mã không đề nghị với máy chủ", "differs.groups": "nhóm không đề nghị với máy chủ", "differs.signature-algorithms": "thuật toán chữ ký không đề nghị với máy chủ", "differs.extensions": "phần mở rộng không gửi cho máy chủ", "differs.alpn": "giao thức không đề nghị với máy chủ",
      "differs.hello": "lời chào tới máy chủ là của chính mailtap", "differs.tls": "phiên bản, phía máy khách và phía máy chủ", "differs.cipher": "bộ mã, phía máy khách và phía máy chủ", "differs.group": "nhóm, phía máy khách và phía máy chủ", "differs.resumption": "phiên, phía máy khách và phía máy chủ", "differs.early-data": "dữ liệu sớm bị từ chối", "differs.certificate": "chứng chỉ, bản được đưa và bản của máy chủ", "differs.channel-binding": "ràng buộc kênh", "differs.client-certificate": "chứng chỉ máy khách không chuyển tiếp được",
      "dotnet": ".NET báo", "mode": "chế độ", "observed": "chỉ quan sát, không can thiệp", "presented": "đưa cho máy khách", "router": "bộ định tuyến", "ended": "kết thúc", "traffic": "lưu lượng", "lasted": "kéo dài",
      "traffic-n": "{0}: {1} trao đổi, {2} thất bại", "to-do": "Cần làm", "open-now": "đang mở", "probed": "chứng chỉ lấy bằng kết nối riêng của mailtap", "kind": "loại", "kind.self-signed": "tự ký", "kind.private-pki": "PKI nội bộ", "kind.public-ca": "CA công cộng", "kind.unknown": "không rõ",
      "staple": "OCSP gửi kèm", "until": ", đến {0}", "scts": "{0} trong chứng chỉ, {1} trong bắt tay, {2} trong phản hồi OCSP", "staple.none": "không gửi", "staple.good": "chứng chỉ còn tốt", "staple.revoked": "chứng chỉ ĐÃ BỊ THU HỒI", "staple.unknown": "máy OCSP không biết chứng chỉ này", "staple.expired": "đã hết hạn", "staple.not-yet-valid": "chưa có hiệu lực",
      "staple.other-certificate": "nói về một chứng chỉ khác", "staple.bad-signature": "chữ ký sai", "staple.unauthorised": "bên ký không được phép nói thay CA", "staple.malformed": "không đọc được", "staple.unsuccessful": "là lỗi của máy OCSP thay vì câu trả lời", "staple.unjudged": "không kiểm tra được",
      "resumed": "nối lại", "issued-by": "do", "valid": "hiệu lực", "key": "khóa", "signature": "chữ ký", "names": "tên", "unreadable": "không đọc được", "not-sent": "không được gửi và không có trong kho tin cậy: {0}", "no-chain": "Chưa thấy chứng chỉ nào.", "path-order": "Từ gốc xuống chứng chỉ của máy chủ.",
      "accepts": "chấp nhận", "refuses": "từ chối", "clients-all": "Mọi phần mềm khách đã biết đều chấp nhận.", "clients-some": "{0} trong {1} phần mềm khách chấp nhận.", "clients-none": "Ở đây không rõ phần mềm khách nói gì.",
      "ladder": "Từng bước bắt tay", "ladder-steps": "Nhiều kết nối hơn số được ghi thông điệp: ở đây là các bước. --trace ghi lại mọi thông điệp.", "at": "lúc", "unfinished": "chưa xong", "no-handshake": "Không có bắt tay nào.", "bytes": "{0} byte",
      "step.accepted": "nhận kết nối", "step.connect": "kết nối TCP", "step.connected": "đã kết nối", "step.handshake-begins": "bắt đầu bắt tay", "step.handshake-done": "bắt tay xong", "step.ends": "kết thúc: {0}", "step.relay": "bắt đầu chuyển tiếp",
      "no-exchanges": "Không biết hai bên đã nói gì.", "requests": "trao đổi", "failed": "thất bại", "statuses": "trả lời cuối", "services": "dịch vụ", "stopped": "ngừng đọc",
      "key.slash": "đến ô lọc", "key.move": "kết nối sau và trước", "key.enter": "mở kết nối cạnh bảng", "key.escape": "đóng", "key.ends": "đầu, cuối", "key.page": "lên hoặc xuống một trang",
      "help-text": "Mọi từ đều phải có. Dấu trừ để loại; nhiều giá trị cách nhau bằng dấu phẩy; so sánh số: lasted:>1s bytes:<10k. Các trường: {0}. is: {1}.",
      "for-programs": "Cho chương trình", "report-title": "Báo cáo TLS", "report-made": "Lập {0} từ {1}", "report-what": "Kết quả", "report-servers": "Từng máy chủ", "report-all": "Mọi kết nối", "report-agreed": "Đã thỏa thuận",
      "report-lead": "mailtap đứng giữa bộ định tuyến thư và các máy chủ thư, và xem chứng chỉ của từng máy chủ: bằng chứng rằng nó đúng là nó. {0}", "report-right": "đúng", "report-wrong": "không đúng", "report-failed": "bắt tay thất bại", "report-technical": "Chi tiết kỹ thuật", "print": "In",
      "report-grade.bad": "Cần sửa", "report-grade.some": "Cần xem sớm", "report-grade.good": "Ổn", "version-client": "Phiên bản TLS, phía khách", "version-server": "Phiên bản TLS, phía máy chủ", "cipher-client": "Bộ mã, phía khách", "cipher-server": "Bộ mã, phía máy chủ", "ending-of": "Kết thúc", "fault-of": "Lỗi",
      "survey.title": "TLS của các máy chủ", "survey.lead": "Phiên bản, bộ mã, chứng chỉ và các điểm yếu đã biết của một máy chủ, kèm xếp hạng. mailtap hỏi bằng một đến ba trăm kết nối ngắn, mỗi lúc bốn kết nối, không đăng nhập vào đâu.",
      "survey.server": "Máy chủ", "survey.ask": "Hỏi máy chủ", "survey.asking": "{1}: đã hỏi {0} câu", "survey.none": "Chưa hỏi máy chủ nào.", "survey.refused": "Không hỏi: {0}", "survey.failed": "{0}: {1}", "survey.asked-at": "hỏi lúc {0}",
      "survey.grade": "hạng {0}", "survey.no-grade": "không xếp hạng", "survey.version": "Phiên bản", "survey.suites": "Bộ mã", "survey.groups": "Nhóm", "survey.signatures": "Thuật toán chữ ký", "survey.sessions": "Phiên",
      "survey.order-server": "theo thứ tự của máy chủ", "survey.order-client": "theo thứ tự của máy khách", "survey.not-spoken": "không hỗ trợ", "survey.no-answer": "không trả lời", "survey.yes": "có", "survey.no": "không", "survey.potential": "có thể", "survey.unknown": "không rõ",
      "survey.own-prime": "số nguyên tố riêng", "survey.resumed": "nối lại", "survey.ticket": "vé có hạn {0} s", "survey.early-data": "dữ liệu sớm", "survey.certificates": "Chứng chỉ", "survey.when": "Đưa ra cho", "survey.subject": "Chủ thể", "survey.until": "Có hiệu lực đến",
      "survey.able": "Khả năng", "survey.post-quantum": "trao đổi khóa hậu lượng tử", "survey.weaknesses": "Điểm yếu", "survey.absent": "Không có: {0}", "survey.questions": "đã hỏi {0} câu", "survey.unanswered": "{0} câu không được trả lời",
      "survey.stopped": "Máy chủ đã ngừng trả lời: điều không tìm thấy chưa chắc là không có.",
      "seconds": "s", "about-title": "Các tuyến",
    },
  };
  /// Words that one language has and another lacks: none.
  const missing = () => Object.keys({...texts.en, ...texts.vi}).filter(key => !(key in texts.en && key in texts.vi));
  for (const [tag, all] of Object.entries(faults)) for (const [fault, text] of Object.entries(all)) texts[tag]["fault." + fault] = text;

  /// The chooser, in place of `node`'s children.
  function chooser(node) {
    const select = dom.el("select", {id: "language"}, ...Object.entries(known).map(([tag, name]) => dom.el("option", {value: tag, lang: tag}, name)));
    select.value = language;
    select.addEventListener("change", () => choose(select.value));
    node.replaceChildren(dom.el("label", {for: "language", class: "unseen", "data-t": "language"}, t("language")), select);
  }
  return {t, has, number, compact, fixed, duration, size, clock, day, daysLeft, said, chooser, translate, choose, onChange: listener => listeners.push(listener), get language() { return language; }, get missing() { return missing(); }};
})();
