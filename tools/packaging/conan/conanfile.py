# A Conan 2 recipe, for a checkout of spanwise: conan create tools/packaging/conan
import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy, load


class Spanwise(ConanFile):
    name = "spanwise"
    license = "MIT"
    description = "Header-only tracing for C++20 that speaks OpenTelemetry"
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    no_copy_source = True

    @property
    def _root(self):
        return os.path.join(self.recipe_folder, "..", "..", "..")

    def set_version(self):
        header = load(self, os.path.join(self._root, "include", "spanwise", "version.hpp"))
        self.version = re.search(r'#define SPANWISE_VERSION "([^"]+)"', header).group(1)

    def export_sources(self):
        copy(self, "include/*", src=self._root, dst=self.export_sources_folder)
        copy(self, "LICENSE", src=self._root, dst=self.export_sources_folder)

    def validate(self):
        check_min_cppstd(self, 20)

    def package(self):
        copy(self, "include/*", src=self.source_folder, dst=self.package_folder)
        copy(self, "LICENSE", src=self.source_folder, dst=os.path.join(self.package_folder, "licenses"))

    def package_id(self):
        self.info.clear()

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        if self.settings.os in ("Linux", "FreeBSD"):
            self.cpp_info.system_libs = ["pthread"]
