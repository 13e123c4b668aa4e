# Sourced by run and test: makes .venv in the clone and installs what is missing. Quiet when nothing is.
# Needs bash and a Python of at least 3.11. Called with the extra to install: "" or "dev".

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

say() { printf 'medview: %s\n' "$*" >&2; }

find_python() {
  for name in python3 python3.11 python3.12 python3.13; do
    if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11) or sys.version_info >= (3, 15))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  say "Python 3.11 or newer is needed and was not found. On Debian or Ubuntu: sudo apt install python3 python3-venv."
  exit 1
}

missing_packages() {
  command -v dpkg-query >/dev/null || return 0
  for package in "$@"; do
    # Ubuntu 24.04 renamed some libraries with a t64 ending.
    # dpkg-query fails where it does not know one of the two names, though it has told of the other.
    { dpkg-query -W -f='${Status}\n' "$package" "${package}t64" 2>/dev/null || true; } | grep -q 'ok installed' ||
      printf '%s ' "$package"
  done
}

install_system_packages() {
  local missing
  missing=$(missing_packages "$@")
  [ -z "$missing" ] && return 0
  local apt="apt-get"
  if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
      apt="sudo -n apt-get"
    else
      say "These system packages are missing and may not be installed by this user. Please run:"
      say "  sudo apt-get install $missing"
      return 0
    fi
  fi
  say "installing system packages: $missing"
  $apt update -qq >/dev/null 2>&1 || true
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive $apt install -y -qq --no-install-recommends $missing >/dev/null 2>&1 ||
    say "some packages could not be installed; if the window does not open, run: sudo apt-get install $missing"
}

# What computes networks faster on the processor; where there is none for this machine, torch does it.
install_fast_runtime() {
  if .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[fast-cpu]" 2>/dev/null; then
    # it tells its makers of its use; medview never lets it be imported, and without it nothing else can
    .venv/bin/python -m pip uninstall --quiet --yes openvino-telemetry >/dev/null 2>&1 || true
  else
    say "OpenVINO could not be installed; models run on the processor without it, more slowly"
  fi
}

# What finds the cameras of a video; without it, poses come from files.
install_pose_finder() {
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[poses]" 2>/dev/null ||
    say "pycolmap could not be installed; medview cannot find the cameras of a video by itself"
}

make_environment() {
  local extra=$1 stamp
  stamp=".venv/.installed-${extra:-run}"
  if [ -x .venv/bin/python ] && [ -f "$stamp" ] && cmp -s pyproject.toml "$stamp"; then
    return 0
  fi
  local python
  python=$(find_python)
  if [ ! -x .venv/bin/python ]; then
    say "making a virtual environment in .venv"
    "$python" -m venv .venv || { say "The venv module is missing. On Debian or Ubuntu: sudo apt install python3-venv."; exit 1; }
  fi
  say "installing Python packages (the first time takes some minutes)"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable ".${extra:+[$extra]}"
  install_fast_runtime
  install_pose_finder
  # What --editable installed for tests serves for running, too.
  cp pyproject.toml "$stamp"
  cp pyproject.toml .venv/.installed-run
}
