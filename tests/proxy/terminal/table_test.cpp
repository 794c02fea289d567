#include "proxy/terminal/table.h"

#include <catch2/catch_test_macros.hpp>
#include <sstream>

using namespace mailtap::terminal;

namespace {

const std::vector<std::string> titles{"SERVER", "VERDICT", "CAUSE"};
const std::vector<Row> rows{
    {{{"good"}, {"trusted, name matches", Tone::good}, {"-"}}, {}},
    {{{"self-signed-wrong-name"}, {"self-signed, name mismatch", Tone::bad}, {"1, 2"}},
     "Put a certificate for mail.contoso.example on the server, or import its own into the router's roots."},
};

}  // namespace

TEST_CASE("a table is no wider than it may be, and loses no word") {
  for (const std::size_t width : {40, 60, 80, 100, 140}) {
    const auto text = render(titles, rows, {width, false});
    INFO(width << '\n' << text);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) CHECK(line.size() <= width);
    std::istringstream words(rows[1].remark);
    for (std::string word; words >> word;) CHECK(text.find(word) != std::string::npos);
  }
}

TEST_CASE("a table with room for everything has a line for each row") {
  CHECK(render(titles, {rows[0]}, {100, false}) ==
        "  SERVER  VERDICT                CAUSE\n"
        "  good    trusted, name matches  -\n");
}

TEST_CASE("a cell that wraps goes on in its own column") {
  CHECK(render({"A", "B"}, {{{{"x"}, {"one two three"}}, {}}}, {14, false}) ==
        "  A  B\n"
        "  x  one two\n"
        "     three\n");
}

TEST_CASE("a remark stands under its row, indented") {
  CHECK(render({"A"}, {{{{"x"}}, "and why that is"}}, {16, false}) ==
        "  A\n"
        "  x\n"
        "      and why\n"
        "      that is\n");
}

TEST_CASE("a word longer than the width is cut between characters") {
  CHECK(wrap("\u00e9\u00e9\u00e9\u00e9\u00e9 x", 2) ==
        std::vector<std::string>{"\u00e9\u00e9", "\u00e9\u00e9", "\u00e9", "x"});
  CHECK(wrap("", 10).empty());
}

TEST_CASE("colours are only written when they are wanted") {
  CHECK(render(titles, rows, {100, false}).find('\x1b') == std::string::npos);
  CHECK(Style{100, true}.paint(Tone::bad, "expired") == "\x1b[31mexpired\x1b[0m");
  CHECK(Style{100, true}.paint(Tone::plain, "expired") == "expired");
}
