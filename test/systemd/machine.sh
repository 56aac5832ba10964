#!/usr/bin/env bash
# A throw-away machine with a real systemd as process 1, made of namespaces over a copy-on-write view of this one.
# Needs root, a kernel with overlayfs, and the Debian packages systemd, dbus and iproute2. It has a network of its own (loopback
# alone), so its port 1113 is nobody else's. What is written in it is gone when it ends, and nothing reaches the host.
#
#   machine.sh check                                 says what is missing here, and fails, if anything is
#   machine.sh run [OPTION...] COMMAND...            boots one, runs COMMAND in it as root, ends with its exit code
#   machine.sh boot [OPTION...] FOLDER               boots one, says "up", and keeps it until standard input ends
#   machine.sh exec FOLDER COMMAND...                runs COMMAND as root in the machine that was booted with FOLDER
#
# OPTION:
#   --bind SOURCE:TARGET   shows a folder or file of this machine at TARGET, writable (/tmp, /run and /dev are its own)
#   --host-network         the network of this machine instead of its own
set -euo pipefail

readonly SELF=$(realpath "${BASH_SOURCE[0]}")
readonly INIT=/lib/systemd/systemd
# What systemd sets limits with; cpuset would have to be filled in before anything may enter it, and it uses none.
readonly CONTROLLERS='cpu cpuacct memory devices pids freezer blkio systemd unified'
# Gone with the namespace that it is tried in.
readonly TRY_OVERLAY='mount -t tmpfs try /mnt; mkdir /mnt/{u,w,m}
  mount -t overlay try -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w /mnt/m'

missing() {
  if [[ $(id -u) != 0 ]]; then echo 'only root can make namespaces'
  elif [[ ! -x $INIT ]]; then echo 'systemd is not installed'
  elif ! command -v dbus-daemon >/dev/null; then echo 'dbus is not installed'
  elif ! command -v unshare nsenter >/dev/null; then echo 'util-linux is not installed'
  elif ! command -v ip >/dev/null; then echo 'iproute2 is not installed'
  elif ! unshare --mount --pid --fork --uts --ipc --net --cgroup true 2>/dev/null; then
    echo 'namespaces cannot be made here'
  elif ! unshare --mount bash -euc "$TRY_OVERLAY" 2>/dev/null; then echo 'the kernel has no overlayfs'
  elif [[ -z $(cgroups) ]]; then echo 'no cgroups are mounted'
  else return 1; fi
}

# The hierarchies of control groups, as lines of "mount point, type, options, where we are in it".
cgroups() {
  local device point type options _ controller
  while read -r device point type options _; do
    [[ $type == cgroup || $type == cgroup2 ]] || continue
    controller=${point##*/}
    [[ $type == cgroup2 || " $CONTROLLERS " == *" ${controller%%,*} "* ]] || continue
    options=$(tr ',' '\n' <<<"$options" | grep -vxE "rw|ro|relatime|nosuid|nodev|noexec|xattr|nsdelegate|memory_recursiveprot|release_agent=.*" | paste -sd, || true)
    [[ $options != *systemd* ]] || options=none,name=systemd
    printf '%s %s %s %s\n' "$point" "$type" "${options:-rw}" "$(place "$type" "$controller")"
  done </proc/self/mounts
}

place() {
  local key=$2
  [[ $key != systemd ]] || key=name=systemd
  [[ $1 != cgroup2 ]] || key=
  awk -F: -v key="$key" '$2 == key { print $3; exit }' /proc/self/cgroup
}

# boot [OPTION...] FOLDER. $folder, $init (whose child is the machine's process 1) and $groups are for `await` and `end` too.
boot() {
  local network=--net binds=() point type options where group
  while [[ ${1-} == --* ]]; do
    case $1 in
      --bind) binds+=("$2"); shift 2 ;;
      --host-network) network=; shift ;;
      *) echo "machine.sh: unknown option $1" >&2; exit 2 ;;
    esac
  done
  folder=$(realpath "$1") groups=()
  mkdir -p "$folder"/{upper,work,root}
  while read -r point type options where; do
    group=$point${where%/}/lattice-machine-$$
    mkdir "$group"
    groups+=("$group")
  done < <(cgroups)
  # Once the file of the machine's own process 1 is written, it is there.
  (
    for group in "${groups[@]}"; do echo "$BASHPID" >"$group/cgroup.procs"; done
    exec unshare --mount --pid --fork --kill-child --uts --ipc --cgroup ${network:+"$network"} \
      bash "$SELF" inside "$folder" "${binds[@]}"
  ) </dev/null >"$folder/console" 2>&1 &
  init=$!
  trap end EXIT
  trap 'exit 1' TERM INT HUP
  await
  echo up
  cat >/dev/null || true
}

# Waits until systemd has started what it starts; says why when it does not.
await() {
  local child tries
  for ((tries = 0; tries < 600; tries++)); do
    if ! kill -0 "$init" 2>/dev/null; then break; fi
    child=$(pgrep --parent "$init" || true)
    # Until it has become systemd, its root is still that of this machine.
    if [[ $(cat "/proc/$child/comm" 2>/dev/null) == systemd ]]; then
      echo "$child" >"$folder/pid"
      case $(in_machine "$folder" systemctl is-system-running 2>/dev/null) in
        running | degraded) return ;;
      esac
    fi
    sleep 0.1
  done
  echo 'machine.sh: the machine does not start:' >&2
  cat "$folder/console" >&2
  exit 1
}

end() {
  local group tries
  kill -KILL "$init" 2>/dev/null || true
  wait "$init" 2>/dev/null || true
  for group in "${groups[@]}"; do
    # The last processes take a moment to leave.
    for ((tries = 0; tries < 50; tries++)); do
      find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
      [[ -d $group ]] || break
      sleep 0.1
    done
  done
  rm -rf --one-file-system "$folder"/{upper,work,root,pid,console}
}

# Process 1 of the new namespaces: makes the machine's file system and becomes systemd.
inside() {
  local folder=$1 root=$1/root bind node point type options where
  shift
  mount --make-rprivate /
  mount -t overlay machine -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" "$root"
  # What this machine would start, the new one need not.
  rm -rf "$root"/etc/systemd/system/*.wants "$root"/etc/systemd/system/*.requires
  for bind; do
    if [[ -d ${bind%%:*} ]]; then mkdir -p "$root${bind#*:}"
    else mkdir -p "$(dirname "$root${bind#*:}")" && touch "$root${bind#*:}"; fi
    mount --rbind "${bind%%:*}" "$root${bind#*:}"
  done
  cgroups >"$folder/cgroups"
  mount -t proc proc "$root/proc"
  # Settings of the kernel are this machine's too.
  mount --bind "$root/proc/sys" "$root/proc/sys"
  mount -o remount,bind,ro "$root/proc/sys"
  mount -t sysfs -o ro sysfs "$root/sys"
  grep -q '^/sys/fs/cgroup ' "$folder/cgroups" || mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
  while read -r point type options where; do
    mkdir -p "$root$point"
    mount -t "$type" -o "$options" cgroup "$root$point"
  done <"$folder/cgroups"
  mount -t tmpfs -o mode=755 tmpfs "$root/dev"
  for node in null zero full random urandom tty; do
    touch "$root/dev/$node"
    mount --bind "/dev/$node" "$root/dev/$node"
  done
  mkdir "$root/dev/pts" "$root/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
  mount -t tmpfs -o mode=755 tmpfs "$root/run"
  mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
  hostname machine
  ip link set lo up 2>/dev/null || true
  cd "$root"
  pivot_root . mnt
  umount -l /mnt
  # As systemd would do where it did not see that it is in a container: credentials reach a service through it.
  mount --make-rshared /
  # The clock, the modules and the power button of this machine are not its own.
  exec setpriv --bounding-set=-sys_time,-sys_module,-sys_rawio,-sys_boot,-wake_alarm,-audit_control \
    env -i container=lattice-machine PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    "$INIT" --system --unit=multi-user.target
}

in_machine() {
  local folder=$1
  shift
  nsenter --target "$(cat "$folder/pid")" --mount --uts --ipc --net --pid --cgroup --root --wd \
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
    SYSTEMD_PAGER= SYSTEMD_COLORS=0 "$@"
}

# run [OPTION...] COMMAND...
run() {
  local options=() folder machine answer status=0
  while [[ ${1-} == --* ]]; do
    options+=("$1")
    if [[ $1 == --bind ]]; then options+=("$2"); shift; fi
    shift
  done
  folder=$(mktemp -d)
  mkfifo "$folder/hold" "$folder/said"
  bash "$SELF" boot "${options[@]}" "$folder" <"$folder/hold" >"$folder/said" &
  machine=$!
  exec 8>"$folder/hold"
  read -r answer <"$folder/said" || answer=
  if [[ $answer == up ]]; then in_machine "$folder" "$@" 8>&- || status=$?
  else status=125; fi
  exec 8>&-
  wait "$machine" || true
  rm -rf "$folder"
  return "$status"
}

command=${1-}
shift || true
case $command in
  check) if missing; then exit 1; fi ;;
  boot) boot "$@" ;;
  exec) in_machine "$@" ;;
  run) run "$@" ;;
  inside) inside "$@" ;;
  *) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$SELF" >&2; exit 2 ;;
esac
