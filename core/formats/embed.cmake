# Turns files into C: cmake -DOUT=file.c -DFILES=a.js;b.css -P embed.cmake
# defines, for a-b.js, `const unsigned char asset_a_b_js[]` with a closing 0, and its length without it.
set(text "/* Made by embed.cmake of what is in core/formats/assets. */\n#include \"formats/assets.h\"\n")
foreach(file ${FILES})
  get_filename_component(name ${file} NAME)
  string(REGEX REPLACE "[^a-zA-Z0-9]" "_" name ${name})
  file(READ ${file} hex HEX)
  string(LENGTH "${hex}" length)
  math(EXPR length "${length} / 2")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND text "static const unsigned char bytes_of_${name}[] = {${bytes}0};\n"
    "const struct asset asset_${name} = {(const char *)bytes_of_${name}, ${length}};\n")
endforeach()
file(WRITE ${OUT} "${text}")
