//! The sandbox: a plugin reaches only its host, denials are reported, and without a sandbox nothing is promised.

use std::fs;
use std::path::{Path, PathBuf};

use mesheryctl_tests::*;

use crate::plugins::lifecycle::{install_as, install_trusted, sha256};

const TOKEN_SAVED: &str =
    "{\"meshery-provider\":\"Intruder\",\"token\":\"token-of-the-intruder\"}\n";

/// What replaces a denied call for the author of a plugin.
const FILES: &str = "settings and SignIn::stored_state instead of files";
const NETWORK: &str = "Session::fetch and Session::visit instead of sockets";

/// The attacks of tests/plugins/intruder, each one system call.
const ATTACKS: &[&str] = &[
    "open-auth,open-path,openat2,open-environ,open-parent-environ,open-parent-mem,open-tty,open-memory-file",
    "stat,statx,readlink,access,getcwd,chmod,chown,utimes,truncate,unlink,rename,link,mount,chroot,inotify",
    "tcp,udp,unix,netlink,socketpair,connect-path,connect-abstract,sendmsg,sendto,getpeername",
    "fork,clone-vm,clone-namespace,exec,execveat,memory-file,unshare,setns,setsid",
    "kill-parent,tgkill-parent,tkill-parent,queue-parent,ptrace-parent,pidfd-parent,read-parent,write-parent,limit-parent,nice-parent",
    "raise-limit,dumpable,outlive-parent,seccomp,setuid,personality,shared-memory,clock-of-parent,resolution-of-parent,terminal,nonblocking,replace-wire,timer",
    "io-uring,bpf,userfaultfd,perf,keys,add-key,message-queue,segments,open-by-handle",
    #[cfg(target_arch = "x86_64")]
    "fork-call,vfork,open-old,stat-old,x32",
];

/// A home with a token, and the intruder trusted.
fn home_with_intruder() -> Home {
    let home = Home::new();
    home.write_auth("{\"meshery-provider\":\"Layer5\",\"token\":\"secret\"}");
    install_trusted(&home, "intruder-provider", "intruder");
    home
}

fn login<'h>(home: &'h Home, tries: &str) -> Program<'h> {
    let (tries, path) = (format!("try={tries}"), format!("path={}", home.auth_json().display()));
    let run = home.mesheryctl().args(["system", "login", "-p", "intruder"]);
    run.args(["--set", &tries, "--set", &path])
}

fn assert_all_refused(output: &Output, attacks: &str) {
    for attack in attacks.split(',') {
        let line = format!("Intruder: {attack}: refused\n");
        assert!(output.stderr.contains(&line), "{attack} should be refused: {output}");
    }
}

/// The program on a kernel where these calls fail.
fn on_a_kernel_where<'h>(home: &'h Home, faults: &[&str], args: &[&str]) -> Program<'h> {
    let inject: String = faults.iter().map(|it| format!(" -e inject={it}")).collect();
    let (program, log) = (binary(), home.path().join("trace"));
    let (program, log) = (program.display(), log.display());
    let script = format!(
        "#!/bin/sh\nexec /usr/bin/strace -f -e trace=landlock_create_ruleset,landlock_restrict_self,seccomp{inject} -o {log} {program} \"$@\"\n"
    );
    home.program(home.script("elsewhere", &script)).args(args)
}

/// Whether strace is installed. Panics in CI if it is not.
fn strace_is_available() -> bool {
    let there = Path::new("/usr/bin/strace").exists();
    assert!(there || std::env::var_os("CI").is_none(), "apt-get install strace");
    there
}

const NO_LANDLOCK: &str = "landlock_create_ruleset:error=EOPNOTSUPP";
const NO_SECCOMP: &str = "seccomp:error=ENOSYS";

#[test]
fn every_attack_of_a_plugin_is_refused_and_it_still_signs_in() {
    for attacks in ATTACKS {
        let home = home_with_intruder();
        let output = login(&home, attacks).run().exited(0);
        assert_all_refused(&output, attacks);
        assert_eq!(home.auth_text(), TOKEN_SAVED);
    }
}

#[test]
fn every_attack_of_a_plugin_is_refused_for_an_unprivileged_user() {
    for attacks in ATTACKS {
        let home = home_with_intruder();
        let output = login(&home, attacks).as_nobody().run().exited(0);
        assert_all_refused(&output, attacks);
        assert_eq!(home.auth_text(), TOKEN_SAVED);
    }
}

#[test]
fn the_same_attacks_succeed_without_a_sandbox() {
    if !strace_is_available() {
        return;
    }
    let home = home_with_intruder();
    let hash = sha256(&home, &home.meshery().join("plugins/libintruder-provider.so"));
    let none = [NO_LANDLOCK, NO_SECCOMP];
    let trust = ["plugin", "trust", "intruder", "--sha256", &hash];
    let _ = on_a_kernel_where(&home, &none, &trust).run().exited(0);
    let attacks = "open-auth,stat,access,tcp,unix,socketpair,memory-file,kill-parent,chmod";
    let (tries, path) = (format!("try={attacks}"), format!("path={}", home.auth_json().display()));
    let args = ["system", "login", "-p", "intruder", "--set", &tries, "--set", &path];
    let output = on_a_kernel_where(&home, &none, &args).run().exited(0);
    for attack in attacks.split(',') {
        assert!(output.stderr.contains(&format!("Intruder: {attack}: DONE\n")), "{output}");
    }
    assert!(!output.stderr.contains("The sandbox denied"), "{output}");
}

#[test]
fn a_library_constructor_runs_in_the_sandbox() {
    let home = home_with_intruder();
    let path = home.auth_json().display().to_string();
    patch(&home, b"PATH FOR THE CONSTRUCTOR", format!("{path}\0").as_bytes());
    let output = login(&home, "constructor").run().exited(0);
    assert_all_refused(&output, "constructor");
    assert!(
        output.stderr.contains(&format!(
            "The sandbox denied Intruder: opening files (openat). Its author can use {FILES}.\n"
        )),
        "{output}"
    );
}

/// Installs the intruder with these bytes replaced, and trusts it.
fn patch(home: &Home, old: &[u8], new: &[u8]) -> PathBuf {
    let mut bytes = fs::read(built_library("intruder-provider")).unwrap();
    let places: Vec<usize> =
        (0..bytes.len() - old.len()).filter(|&at| &bytes[at..at + old.len()] == old).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + new.len()].copy_from_slice(new);
    }
    let copy = home.path().join("patched");
    fs::write(&copy, bytes).unwrap();
    let file = install_as(home, &copy, "intruder-provider");
    let hash = sha256(home, &file);
    let trust = home.mesheryctl().args(["plugin", "trust", "intruder", "--sha256", &hash]);
    let _ = trust.run().exited(0);
    file
}

#[test]
fn ordinary_work_of_a_plugin_succeeds_in_the_sandbox() {
    for as_nobody in [false, true] {
        let home = home_with_intruder();
        let run = login(&home, "honest");
        let output = if as_nobody { run.as_nobody() } else { run }.run().exited(0);
        let line = "Intruder: honest: threads time random panic backtrace processors mathematics\n";
        assert!(output.stderr.contains(line), "{output}");
    }
}

#[test]
fn an_action_runs_on_another_thread_than_the_main_one() {
    let home = home_with_intruder();
    let output = login(&home, "thread").run().exited(0);
    assert!(output.stderr.contains("Intruder: thread: another, stack 0\n"), "{output}");
    assert!(!output.stderr.contains("The sandbox denied"), "{output}");
}

#[test]
fn a_worker_starts_with_only_the_wire_and_the_library_open() {
    let home = home_with_intruder();
    let run = login(&home, "descriptors").redirected("3</etc/passwd 9</etc/passwd");
    let output = run.run().exited(0);
    // The last is a second descriptor of the wire.
    let line = "Intruder: descriptors: 0=device 1=pipe 2=pipe 3=socket 4=file 5=socket\n";
    assert!(output.stderr.contains(line), "{output}");
}

#[test]
fn the_kernel_reports_the_sandbox_of_a_worker() {
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    let set = "steps=tell:before,hang";
    let run = home.mesheryctl().args(["system", "login", "-p", "mock", "--set", set]);
    let running = run.spawn();
    running.wait_for_stderr("before");
    let processes = home.processes();
    let worker = processes.iter().find(|it| it.command.contains(" plugin-worker ")).unwrap().pid;
    let about = |file: &str| fs::read_to_string(format!("/proc/{worker}/{file}")).unwrap();
    let limits = about("limits");
    let threads = fs::read_dir(format!("/proc/{worker}/task")).unwrap();
    let threads: Vec<_> = threads.map(|it| it.unwrap().path().join("status")).collect();
    assert_eq!(threads.len(), 2, "the main thread, and that of the action: {threads:?}");
    for thread in threads {
        let status = fs::read_to_string(thread).unwrap();
        for line in [
            "NoNewPrivs:\t1",
            "Seccomp:\t2",
            "Seccomp_filters:\t3",
            "CapPrm:\t0000000000000000",
            "CapEff:\t0000000000000000",
        ] {
            assert!(status.lines().any(|it| it == line), "{line}:\n{status}");
        }
    }
    for (limit, most) in [
        ("Max core file size", "0"),
        ("Max file size", "0"),
        ("Max locked memory", "0"),
        ("Max msgqueue size", "0"),
        ("Max open files", "32"),
        ("Max data size", "536870912"),
    ] {
        let line = limits.lines().find_map(|it| it.strip_prefix(limit)).unwrap();
        let values: Vec<&str> = line.split_whitespace().take(2).collect();
        assert_eq!(values, [most, most], "{limit}");
    }
    running.kill(Signal::INT);
    let _ = running.wait().exited(130);
}

#[test]
fn each_layer_of_the_sandbox_alone_denies_files() {
    if !strace_is_available() {
        return;
    }
    for (missing, tcp) in [(NO_LANDLOCK, "refused"), (NO_SECCOMP, "DONE")] {
        let home = home_with_intruder();
        let hash = sha256(&home, &home.meshery().join("plugins/libintruder-provider.so"));
        let trust = ["plugin", "trust", "intruder", "--sha256", &hash];
        let _ = on_a_kernel_where(&home, &[missing], &trust).run().exited(0);
        let path = format!("path={}", home.auth_json().display());
        let tries = "try=open-auth,open-parent-environ,open-tty,tcp";
        let args = ["system", "login", "-p", "intruder", "--set", tries, "--set", &path];
        let output = on_a_kernel_where(&home, &[missing], &args).run().exited(0);
        assert_all_refused(&output, "open-auth,open-parent-environ");
        assert!(!output.stderr.contains("open-tty: DONE"), "{output}");
        assert!(output.stderr.contains(&format!("Intruder: tcp: {tcp}\n")), "{output}");
    }
}

#[test]
fn the_memory_of_a_plugin_is_limited() {
    let home = home_with_intruder();
    let attacks = ["much-memory", "memory-growing-down", "memory-of-no-pages", "memory-set-aside"];
    for attack in attacks {
        let output = login(&home, attack).run().exited(0);
        let line = format!("Intruder: {attack}: failed: Cannot allocate");
        assert!(output.stderr.contains(&line), "{output}");
    }
    let output = login(&home, "much-memory,honest").run().exited(0);
    assert!(output.stderr.contains("Intruder: honest: threads "), "{output}");
}

#[test]
fn each_denial_is_reported_once_with_a_success_and_with_a_failure() {
    let home = home_with_intruder();
    let tries = "open-auth,open-tty,stat,tcp,tcp,connect-path";
    let said = &format!(
        "The sandbox denied Intruder: opening files (openat), reading file metadata (newfstatat), network (socket), network (connect). Its author can use {FILES}, and {NETWORK}.\n"
    );
    let output = login(&home, tries).run().exited(0);
    assert_eq!(output.stderr.matches("The sandbox denied").count(), 1, "{output}");
    assert!(output.stderr.contains(said), "{output}");
    let output = login(&home, &format!("{tries},abort")).run().exited(8);
    assert_eq!(output.stderr.matches("The sandbox denied").count(), 1, "{output}");
    assert!(output.stderr.contains(said), "{output}");
    assert!(output.stderr.contains("stopped unexpectedly while signing in (signal 6)"), "{output}");
}

#[test]
fn forged_denials_print_only_names_of_the_list_once() {
    let home = home_with_intruder();
    let output = login(&home, "forge").args(["-v"]).run().exited(0);
    assert_eq!(output.stderr.matches("The sandbox denied").count(), 1, "{output}");
    assert!(
        output.stderr.contains(&format!(
            "The sandbox denied Intruder: network (connect). Its author can use {NETWORK}.\n"
        )),
        "{output}"
    );
    assert!(!output.stderr.contains(['\u{1b}', '\u{1e}']), "{output}");
    assert!(output.stderr.len() < 10_000, "{output}");
}

#[test]
fn a_missing_library_of_a_plugin_is_named() {
    let home = home_with_intruder();
    patch(&home, b"libgcc_s.so.1\0", b"libother.so.7\0");
    let output = login(&home, "").run().exited(8);
    let why = "The plugin Intruder cannot be loaded: it needs libother.so.7; a plugin must link its dependencies statically.";
    assert!(output.stderr.contains(why), "{output}");
    assert!(!output.stderr.contains("The sandbox denied"), "{output}");
}

#[test]
fn a_newer_glibc_that_a_plugin_needs_is_named_with_its_version() {
    let home = home_with_intruder();
    let bytes = fs::read(built_library("intruder-provider")).unwrap();
    let at = bytes.windows(9).position(|it| it == b"\0GLIBC_2.").unwrap() + 1;
    let old: Vec<u8> = bytes[at..].iter().copied().take_while(|it| *it != 0).collect();
    let new = [b"GLIBC_2.", &*vec![b'9'; old.len() - 8]].concat();
    patch(&home, &[&old[..], b"\0"].concat(), &[&new[..], b"\0"].concat());
    let output = login(&home, "").run().exited(8);
    let version = String::from_utf8(new).unwrap().replace("GLIBC_", "");
    let why =
        format!("The plugin Intruder cannot be loaded: it needs glibc {version}, which is newer");
    assert!(output.stderr.contains(&why), "{output}");
    assert!(!output.stderr.contains("/proc/self/fd"), "{output}");
}

#[test]
fn a_plugin_cannot_start_a_child_process() {
    let home = home_with_intruder();
    let output = login(&home, "fork,clone-vm").run().exited(0);
    assert_all_refused(&output, "fork,clone-vm");
    home.assert_no_process_is_left();
}

#[test]
#[cfg(target_arch = "x86_64")]
fn a_system_call_of_another_architecture_kills_the_plugin() {
    let home = home_with_intruder();
    let before = home.auth_text();
    let output = login(&home, "int80").run().exited(8);
    // SIGSYS by the filter, or SIGSEGV on a kernel without 32-bit system calls.
    let signals = ["(signal 31", "(signal 11"];
    assert!(signals.iter().any(|it| output.stderr.contains(it)), "{output}");
    assert_eq!(home.auth_text(), before);
}

#[test]
fn plugin_inspect_and_check_describe_the_sandbox() {
    let home = home_with_intruder();
    let inspect = home.mesheryctl().args(["plugin", "inspect", "libintruder-provider.so"]);
    let output = inspect.run().exited(0);
    assert!(output.stdout.contains("sandbox (Landlock ABI "), "{output}");
    assert!(output.stdout.contains("It cannot read your files or your other tokens."), "{output}");
    let check = home.mesheryctl().args(["system", "check"]).run().exited(0);
    assert!(check.stdout.contains("- Plugins run in a sandbox (Landlock ABI "), "{check}");
    assert!(check.stdout.contains(", seccomp)\n"), "{check}");
}

#[test]
fn a_missing_layer_of_the_sandbox_is_reported_and_nothing_is_promised() {
    if !strace_is_available() {
        return;
    }
    for (faults, missing) in [
        (&[NO_LANDLOCK][..], "no Landlock"),
        (&[NO_SECCOMP], "no seccomp"),
        (&[NO_LANDLOCK, NO_SECCOMP], "no Landlock, no seccomp"),
    ] {
        let home = home_with_intruder();
        let elsewhere = |args: &[&str]| on_a_kernel_where(&home, faults, args);
        let check = elsewhere(&["system", "check"]).run().exited(0);
        let line = format!("- Plugins run with your permissions, without a sandbox ({missing})\n");
        assert!(check.stdout.contains(&line), "{check}");
        let file = "libintruder-provider.so";
        let inspect = elsewhere(&["plugin", "inspect", file]).run().exited(0);
        assert!(inspect.stdout.contains(&format!("process only ({missing})")), "{inspect}");
        assert!(!inspect.stdout.contains("cannot read"), "{inspect}");

        // The plugin was trusted for use in a sandbox.
        let login = ["system", "login", "-p", "intruder"];
        let refused = elsewhere(&login).run().exited(8);
        let why =
            format!("was trusted to run in a sandbox, and this system has no sandbox ({missing})");
        assert!(refused.stderr.contains(&why), "{refused}");
        let screen = elsewhere(&login).on_terminal(24, 100);
        screen.wait_for("Trust it? [y/N]");
        let promise = "It runs with your permissions, without a sandbox.";
        assert!(screen.contents().contains(promise), "{}", screen.contents());
        screen.press([Key::text("y"), Key::Enter]);
        assert_eq!(screen.wait(), 0, "{}", screen.contents());
        // The plugin is now trusted without a sandbox.
        let _ = elsewhere(&login).run().exited(0);
    }
}

#[test]
fn a_worker_that_cannot_enter_the_promised_sandbox_loads_nothing() {
    if !strace_is_available() {
        return;
    }
    for (fault, layer) in [
        ("landlock_restrict_self:error=E2BIG", "Landlock"),
        // The first call detects the support, in the host and in the worker; then follow the filters.
        ("seccomp:error=EINVAL:when=2+", "seccomp"),
    ] {
        let home = home_with_intruder();
        let before = home.auth_text();
        let args = ["system", "login", "-p", "intruder", "--set", "try=constructor"];
        let output = on_a_kernel_where(&home, &[fault], &args).run().exited(8);
        let why = "The plugin Intruder was not loaded: its sandbox could not be set up (";
        assert!(output.stderr.contains(&format!("{why}{layer}")), "{layer}: {output}");
        assert!(!output.stderr.contains("Report it to its publisher"), "{output}");
        assert_eq!(home.auth_text(), before);
    }
}
