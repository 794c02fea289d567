#include "certs/advice/texts.h"

namespace mailtap::certs {

const Texts vietnamese_texts{
    .self_signed =
        "Máy chủ dùng chứng chỉ tự ký \"{subject}\": hãy nhập nó vào kho gốc tin cậy trên máy chạy bộ "
        "định tuyến, hoặc tốt hơn là cài cho máy chủ một chứng chỉ do CA mà bộ định tuyến tin cậy ký.",
    .untrusted_root =
        "Chứng chỉ do \"{root}\" cấp, nhưng máy chạy bộ định tuyến không tin cậy CA này: hãy nhập "
        "chứng chỉ gốc đó vào máy ấy.",
    .incomplete_chain =
        "Chuỗi chứng chỉ không dẫn tới gốc tin cậy nào ({detail}): hãy cài chứng chỉ của bên cấp "
        "lên máy chủ, và nhập chứng chỉ gốc vào máy chạy bộ định tuyến nếu máy ấy chưa tin cậy nó.",
    .expired = "Một chứng chỉ trong chuỗi đã hết hạn ({detail}): hãy gia hạn trên máy chủ.",
    .not_yet_valid =
        "Một chứng chỉ trong chuỗi chưa có hiệu lực ({detail}): hãy so đồng hồ hai máy, hoặc chờ.",
    .revoked = "Không được dùng chứng chỉ này nữa ({detail}): hãy thay chứng chỉ trên máy chủ.",
    .other_fault = "Chứng chỉ có lỗi ({detail}): hãy xin cấp lại chứng chỉ cho máy chủ.",
    .name_mismatch =
        "Bộ định tuyến gọi {name}, còn chứng chỉ cấp cho {names}: hãy sửa URL trong hồ sơ thư đến "
        "của bộ định tuyến, hoặc xin cấp chứng chỉ có thêm tên đó.",
    .name_by_cn =
        "Chỉ có tên chung (CN) khớp với {name}: .NET cũ chấp nhận, chương trình khác thì không, nên hãy "
        "xin cấp chứng chỉ có tên này trong subjectAltName.",
    .address_as_dns =
        "Địa chỉ {name} chỉ có trong chứng chỉ dưới dạng tên DNS: Windows chấp nhận, chương trình khác thì "
        "không, nên hãy xin cấp chứng chỉ có địa chỉ IP này trong subjectAltName.",
    .ends_soon = "Một chứng chỉ trong chuỗi sẽ hết hạn sau {days} ngày: hãy gia hạn.",
    .nothing_sent = "Máy chủ không gửi chứng chỉ nào: hãy gắn một chứng chỉ cho trang web của nó.",
    .same_name =
        "Đã tin cậy một chứng chỉ cùng tên nhưng không phải chứng chỉ này: thường là do đã gia hạn, nên hãy "
        "nhập thêm chứng chỉ mới.",
    .revocation_unknown =
        "Không xác định được chứng chỉ đã bị thu hồi hay chưa ({detail}): hãy yêu cầu CA công bố danh sách "
        "thu "
        "hồi ở nơi mọi máy tải được.",
    .unverifiable =
        "Ở đây không kiểm tra được chữ ký của chứng chỉ ({detail}), phần lớn chương trình thư cũng không: "
        "hãy "
        "xin cấp chứng chỉ dùng RSA hoặc ECDSA.",
    .unfit_for_clients =
        "Chứng chỉ máy khách {subject} chỉ dành cho máy chủ (extKeyUsage thiếu clientAuth), nên máy chủ có "
        "kiểm tra sẽ từ "
        "chối: hãy xin CA nội bộ cấp chứng chỉ cho máy khách, hoặc đăng nhập bằng cách khác. CA công cộng "
        "không còn cấp "
        "loại này: {rules}.",
    .renewal_unfit_for_clients =
        "Chứng chỉ máy khách {subject} của CA công cộng hiện vẫn dùng được cho máy khách; sau khi gia hạn "
        "thường "
        "sẽ không: hãy xin CA nội bộ cấp chứng chỉ tiếp theo cho máy khách, hoặc đăng nhập bằng cách khác. "
        "{rules}.",
    .no_client_auth = "{organisation} bỏ hẳn clientAuth từ {date}",
    .no_client_auth_unless_asked = "{organisation} bỏ clientAuth nếu không được yêu cầu, từ {date}",
    .no_client_auth_of_all = "không CA nào được ghi clientAuth vào chứng chỉ cấp từ {date}",
    .client_accepts = "Tuy vậy, bộ định tuyến ({client}) vẫn chấp nhận.",
    .client_refuses = "Bộ định tuyến ({client}) từ chối: \"{message}\".",
    .save_certificate = "Lưu chứng chỉ của máy chủ: {fetch} -out {file}.cer",
    .save_root =
        "Lấy chứng chỉ gốc \"{root}\" từ nơi quản lý CA đó (với AD CS: chạy certutil -ca.cert {file}.cer "
        "trên máy CA).",
    .save_root_above =
        "Nếu máy chạy bộ định tuyến chưa tin cậy gốc của chuỗi này: lấy chứng chỉ gốc (chính \"{root}\" nếu "
        "không còn ai ở trên) từ nơi quản lý CA đó (với AD CS: chạy certutil -ca.cert {file}.cer trên máy "
        "CA gốc).",
    .import_windows =
        "Trên máy Windows chạy bộ định tuyến, với quyền quản trị: certutil -addstore -f Root "
        "{file}.cer",
    .import_linux =
        "Trên Linux: cp {file}.cer /usr/local/share/ca-certificates/{file}.crt && "
        "update-ca-certificates (tệp ở dạng PEM)",
    .import_java =
        "Trên máy chạy chương trình: keytool -importcert -cacerts -alias {file} -file {file}.cer (mật khẩu "
        "là "
        "changeit nếu chưa đổi; chương trình có kho riêng, javax.net.ssl.trustStore, thì dùng -keystore với "
        "tệp đó)",
    .import_node =
        "Trên máy chạy chương trình: đặt biến môi trường NODE_EXTRA_CA_CERTS={file}.cer (tệp ở dạng PEM)",
    .import_nss =
        "Với người dùng của chương trình: certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n {file} -i {file}.cer "
        "(chương "
        "trình NSS khác: thư mục cơ sở dữ liệu của nó)",
    .import_thunderbird =
        "Trong Thunderbird: Settings, Privacy & Security, Certificates, Manage Certificates, Authorities, "
        "Import: "
        "{file}.cer, để nhận diện trang web và máy chủ",
    .import_own =
        "Thêm {file}.cer vào các chứng chỉ gốc mà chương trình giao cho thư viện TLS: thư viện không có kho "
        "riêng",
    .better_signed =
        "Tốt hơn: nhờ một CA mà bộ định tuyến đã tin cậy ký chứng chỉ cho máy chủ Exchange, rồi "
        "{bind}.",
    .install_intermediates =
        "Trên máy chủ, với quyền quản trị, cài chứng chỉ của bên cấp còn thiếu: certutil "
        "-addstore -f CA issuer.cer; sau đó {restart} để nó được gửi kèm.",
    .renew_iis =
        "Trên máy chủ Exchange (Windows 2008 trở lên): Start, Run, inetmgr; chọn máy chủ, Server "
        "Certificates; gia hạn chứng chỉ và gắn vào trang web (Bindings, https).",
    .renew_iis6 =
        "Trên Windows 2003: inetmgr, trang web Exchange, Properties, Directory Security, Server "
        "Certificate (nút View Certificate cho biết các tên).",
    .renew_service =
        "Trên máy chủ Exchange: gia hạn chứng chỉ, rồi trong Exchange Management Shell chạy "
        "Get-ExchangeCertificate | fl Thumbprint,Services,NotAfter và Enable-ExchangeCertificate -Thumbprint "
        "THUMBPRINT -Services {service}.",
    .check_clock = "So đồng hồ của hai máy: w32tm /query /status",
    .compare_keys =
        "So khóa của các chứng chỉ cùng tên trên máy chạy bộ định tuyến: certutil -store Root (Key Id Hash "
        "phân "
        "biệt chúng); nhập chứng chỉ mới bên cạnh chứng chỉ cũ, giữ cái cũ cho đến khi không còn cần.",
    .publish_list =
        "Trên CA: công bố lại danh sách thu hồi (certutil -crl) ở một địa chỉ http:// mà máy chạy bộ định "
        "tuyến "
        "truy cập được, và ghi địa chỉ đó vào chứng chỉ (CRL distribution point).",
    .try_lists =
        "Trên máy chạy bộ định tuyến: certutil -verify -urlfetch server.cer cho biết tải được danh sách nào.",
    .reissue_verifiable = "Xin cấp lại chứng chỉ, ký bằng RSA hoặc ECDSA với SHA-256: {detail}.",
    .reissue = "Xin cấp lại chứng chỉ không còn lỗi này: {detail}.",
    .see_profile_url =
        "Trên máy chạy bộ định tuyến: Start, All Programs, Microsoft Dynamics CRM E-mail Router, "
        "Configuration Manager; thẻ Configuration Profiles, mở hồ sơ thư đến, ô Location: URL ở đó "
        "ghi {name}.",
    .change_url = "Đổi tên máy trong URL thành một tên có trên chứng chỉ: {names}.",
    .reissue_with_name = "Hoặc xin cấp chứng chỉ có {name} trong subjectAltName, rồi {bind}.",
    .see_settings = "Trong thiết lập của chương trình: tên máy ở đó là {name}.",
    .restart_router =
        "Khởi động lại bộ định tuyến: net stop MSCRMEmail && net start MSCRMEmail, rồi thử lại.",
    .restart_program = "Khởi động lại chương trình, rồi thử lại.",
    .bind_site = "gắn nó trong IIS Manager (inetmgr), mục Server Certificates",
    .bind_service =
        "bật nó trong Exchange Management Shell: Enable-ExchangeCertificate -Thumbprint THUMBPRINT -Services "
        "{service}",
    .restart_site = "khởi động lại trang web",
    .restart_service = "khởi động lại dịch vụ {service} của máy chủ",
};

}  // namespace mailtap::certs
