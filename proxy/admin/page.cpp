#include "proxy/admin/page.h"

#include <algorithm>
#include <iterator>

#include "inspect/web/sources.h"

namespace mailtap::admin {

extern const std::string_view page_html;  // these two are made by CMake
extern const std::string_view page_live;

const PagePart* page_part(std::string_view path) {
  static const PagePart parts[] = {
      {"/", "text/html; charset=utf-8", page_html},
      {"/page.css", "text/css; charset=utf-8", web::style},
      {"/page.js", "text/javascript; charset=utf-8", web::script},
      {"/live.js", "text/javascript; charset=utf-8", page_live},
  };
  const auto* found =
      std::find_if(std::begin(parts), std::end(parts), [&](const auto& part) { return part.path == path; });
  return found == std::end(parts) ? nullptr : found;
}

}  // namespace mailtap::admin
