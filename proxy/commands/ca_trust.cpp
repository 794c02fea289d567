#include <algorithm>

#include "proxy/commands/ca.h"

namespace mailtap::commands {

namespace {

constexpr const char* steps_in_english =
    R"(To trust it on the machine that runs the router. FILE stands for {file}, copied there.

Windows, one machine (an elevated command prompt; services read the machine's store, not the user's):
    certutil -addstore -f Root FILE
  check:   certutil -store Root {thumbprint}
  undo:    certutil -delstore Root {thumbprint}
  Then restart the router: in Dynamics CRM, the service "Microsoft CRM Email Router". .NET asks the machine's store
  anew only in a new process. No setting of .NET itself is needed.

Windows, all machines of a domain (group policy):
    Group Policy Management > the policy > Edit > Computer Configuration > Policies > Windows Settings >
    Security Settings > Public Key Policies > Trusted Root Certification Authorities > Import... > FILE
    then on the machine: gpupdate /force

Windows Server 2003 and XP need Microsoft's update KB968730 to verify SHA-256, and verify no ECDSA.

Java (as the user who owns the Java installation; the store's password is "changeit" unless it was changed):
    keytool -importcert -noprompt -alias mailtap -cacerts -file FILE
  Java 8 and older:
    keytool -importcert -noprompt -alias mailtap -keystore "$JAVA_HOME/jre/lib/security/cacerts" -file FILE
  undo:    keytool -delete -alias mailtap -cacerts
  Then restart the program.

Debian, Ubuntu (as root; the name must end in .crt and the file must be PEM):
    cp FILE /usr/local/share/ca-certificates/mailtap.crt
    update-ca-certificates
  undo:    rm /usr/local/share/ca-certificates/mailtap.crt; update-ca-certificates --fresh

Red Hat, Fedora, Rocky, Alma (as root):
    cp FILE /etc/pki/ca-trust/source/anchors/mailtap.crt
    update-ca-trust extract
  undo:    rm /etc/pki/ca-trust/source/anchors/mailtap.crt; update-ca-trust extract

Whoever has the CA's key can pretend to be any server to a machine that trusts it: keep the key where mailtap runs.
)";

constexpr const char* steps_in_vietnamese =
    R"(Để máy chạy bộ định tuyến tin cậy nó. FILE thay cho {file}, đã được chép sang máy đó.

Windows, một máy (dấu nhắc lệnh có quyền quản trị; dịch vụ đọc kho của máy, không đọc kho của người dùng):
    certutil -addstore -f Root FILE
  kiểm tra: certutil -store Root {thumbprint}
  gỡ bỏ:    certutil -delstore Root {thumbprint}
  Sau đó khởi động lại bộ định tuyến: trong Dynamics CRM là dịch vụ "Microsoft CRM Email Router". .NET chỉ đọc lại kho
  của máy trong tiến trình mới. Không cần đổi thiết lập nào của chính .NET.

Windows, mọi máy trong một miền (group policy):
    Group Policy Management > chính sách > Edit > Computer Configuration > Policies > Windows Settings >
    Security Settings > Public Key Policies > Trusted Root Certification Authorities > Import... > FILE
    rồi trên máy đó: gpupdate /force

Windows Server 2003 và XP cần bản cập nhật KB968730 của Microsoft để kiểm tra SHA-256, và không kiểm tra được ECDSA.

Java (bằng người dùng sở hữu bản cài Java; mật khẩu của kho là "changeit" nếu chưa đổi):
    keytool -importcert -noprompt -alias mailtap -cacerts -file FILE
  Java 8 trở về trước:
    keytool -importcert -noprompt -alias mailtap -keystore "$JAVA_HOME/jre/lib/security/cacerts" -file FILE
  gỡ bỏ:    keytool -delete -alias mailtap -cacerts
  Sau đó khởi động lại chương trình.

Debian, Ubuntu (bằng root; tên phải kết thúc bằng .crt và tệp phải là PEM):
    cp FILE /usr/local/share/ca-certificates/mailtap.crt
    update-ca-certificates
  gỡ bỏ:    rm /usr/local/share/ca-certificates/mailtap.crt; update-ca-certificates --fresh

Red Hat, Fedora, Rocky, Alma (bằng root):
    cp FILE /etc/pki/ca-trust/source/anchors/mailtap.crt
    update-ca-trust extract
  gỡ bỏ:    rm /etc/pki/ca-trust/source/anchors/mailtap.crt; update-ca-trust extract

Ai có khóa của CA đều có thể giả làm bất kỳ máy chủ nào với máy tin cậy nó: hãy giữ khóa ở nơi mailtap chạy.
)";

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

}  // namespace

std::string how_to_trust(const std::string& cert_file, const std::string& sha1_thumbprint,
                         Language language) {
  std::string text = language == Language::vietnamese ? steps_in_vietnamese : steps_in_english;
  replace_all(text, "{file}", cert_file);
  replace_all(text, "{thumbprint}", sha1_thumbprint);
  return text;
}

}  // namespace mailtap::commands
