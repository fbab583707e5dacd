# SPDX-License-Identifier: Apache-2.0
# OpenVINO's runtime: libopenvino, its CPU plugin (loaded by name) and TBB.
add_library(docmill_openvino SHARED IMPORTED)
file(GLOB openvino_library ${DOCMILL_DEPS}/openvino/libs/libopenvino.so.*)
set_target_properties(docmill_openvino PROPERTIES IMPORTED_LOCATION ${openvino_library})
target_include_directories(docmill_openvino SYSTEM INTERFACE ${DOCMILL_DEPS}/openvino/include)
target_link_options(docmill_openvino INTERFACE -Wl,-rpath,${DOCMILL_DEPS}/openvino/libs
                    -Wl,-rpath-link,${DOCMILL_DEPS}/openvino/libs)
