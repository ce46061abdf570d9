//! Programs on a terminal.

use mesheryctl_tests::*;

fn screen<'h>(home: &'h Home, text: &str) -> Screen<'h> {
    home.program(home.script("program", text)).on_terminal(10, 40)
}

#[test]
fn the_screen_shows_the_emulated_terminal() {
    let home = Home::new();
    let screen = screen(&home, r"printf 'one\ntwo\033[1A\rONE\033[?25l\n\n'; sleep 1000");
    screen.wait_for("ONE");
    screen.wait_until(vt100::Screen::hide_cursor);
    assert_eq!(screen.contents(), "ONE\ntwo");
    assert!(!screen.cursor_visible());
    assert_eq!(screen.cursor(), (2, 0));
    assert!(screen.raw().starts_with(b"one\r\ntwo\x1b[1A"));
}

#[test]
fn the_style_of_a_text_can_be_read() {
    let home = Home::new();
    let text = r"printf '\033[2mhint\033[0m\n\033[34m?\033[0m 漢字 \033[1;4mLayer5\033[0m None'";
    let screen = screen(&home, text);
    assert_eq!(screen.wait(), 0);
    assert_eq!(screen.contents(), "hint\n? 漢字 Layer5 None");
    assert!(screen.style_of("hint").dim);
    assert_eq!(screen.style_of("?").color, vt100::Color::Idx(4));
    let chosen = screen.style_of("Layer5");
    assert!(chosen.bold && chosen.underline);
    assert!(!screen.style_of("None").bold);
}

#[test]
fn a_mode_can_be_set_from_outside() {
    let home = Home::new();
    let screen = screen(&home, "stty -icanon -echo; echo ready; sleep 1000");
    screen.wait_for_contents("ready");
    assert_eq!(screen.mode(), Mode { echo: false, lines: false, signals: true });
    screen.set_mode(Mode::NORMAL);
    assert_eq!(screen.mode(), Mode::NORMAL);
}

#[test]
fn keys_are_sent_to_the_program() {
    let home = Home::new();
    let text = "stty -icanon -echo; echo ready; dd bs=1 count=10 status=none | od -An -tx1";
    let screen = screen(&home, text);
    screen.wait_for("ready");
    screen.press(vec![Key::Down, Key::Up, Key::Escape, Key::text("é"), Key::Space]);
    assert_eq!(screen.wait(), 0);
    assert_eq!(screen.contents(), "ready\n 1b 5b 42 1b 5b 41 1b c3 a9 20");
}

#[test]
fn a_paste_is_bracketed_if_the_program_enables_it() {
    let home = Home::new();
    let text = r"stty -icanon -echo; printf '\033[?2004hready\n'; dd bs=1 count=14 status=none | tr '\033' e";
    let screen = screen(&home, text);
    screen.wait_for("ready");
    screen.press(Key::Paste("ab".into()));
    assert_eq!(screen.wait(), 0);
    assert_eq!(screen.contents(), "ready\ne[200~abe[201~");
}

#[test]
fn a_long_paste_arrives_completely() {
    let home = Home::new();
    let text = "stty -icanon -echo -isig; echo ready; dd bs=1 count=65536 status=none | wc -c";
    let screen = screen(&home, text);
    screen.wait_for("ready");
    screen.press(Key::Paste("x".repeat(65_536)));
    assert_eq!(screen.wait(), 0);
    assert_eq!(screen.contents(), "ready\n65536");
}

#[test]
fn ctrl_c_is_a_signal_if_isig_is_set() {
    let home = Home::new();
    let screen = screen(&home, "trap 'exit 130' INT; echo ready; while :; do sleep 0.01; done");
    screen.wait_for("ready");
    screen.press(Key::CtrlC);
    assert_eq!(screen.exit_status(), ExitStatus::Code(130));
}

#[test]
fn a_signal_is_not_an_exit_code() {
    let home = Home::new();
    let screen = screen(&home, "echo ready; exec sleep 1000");
    screen.wait_for("ready");
    screen.press(Key::CtrlC);
    assert_eq!(screen.exit_status(), ExitStatus::Signal(2));
}

#[test]
fn an_unrestored_mode_is_visible_after_the_end() {
    let home = Home::new();
    let tidy = screen(&home, "stty -echo -icanon -isig; echo quiet; read x; stty sane");
    tidy.wait_for("quiet");
    assert_eq!(tidy.mode(), Mode { echo: false, lines: false, signals: false });
    tidy.send(b"\n");
    assert_eq!(tidy.wait(), 0);
    assert_eq!(tidy.mode(), Mode::NORMAL);

    let untidy = screen(&home, "stty -echo");
    assert_eq!(untidy.wait(), 0);
    assert_eq!(untidy.mode(), Mode { echo: false, ..Mode::NORMAL });
}

#[test]
fn a_mode_can_be_awaited() {
    let home = Home::new();
    let screen = screen(&home, "sleep 0.05; stty -echo; read x");
    screen.wait_for_mode(Mode { echo: false, ..Mode::NORMAL });
}

#[test]
fn ctrl_z_stops_a_program_and_it_can_be_continued() {
    let home = Home::new();
    let screen = screen(&home, "echo ready; exec cat");
    screen.wait_for("ready");
    screen.press(Key::CtrlZ);
    screen.wait_for_stop(1);
    screen.resume();
    screen.press(vec![Key::text("again"), Key::Enter, Key::CtrlD]);
    assert_eq!(screen.wait(), 0);
    assert!(screen.contents().ends_with("again\nagain"), "{}", screen.contents());
}

#[test]
fn a_program_gets_the_new_window_size() {
    let home = Home::new();
    let text = "trap 'stty size' WINCH; stty size; while :; do sleep 0.01; done";
    let screen = screen(&home, text);
    screen.wait_for("10 40");
    screen.resize(30, 100);
    screen.wait_for("30 100");
}

#[test]
fn a_closed_window_sends_sighup() {
    let home = Home::new();
    let mut caught = screen(&home, "trap 'exit 129' HUP; echo ready; while :; do sleep 0.01; done");
    caught.wait_for("ready");
    caught.hang_up();
    assert_eq!(caught.exit_status(), ExitStatus::Code(129));

    let mut default = screen(&home, "echo ready; exec sleep 1000");
    default.wait_for("ready");
    default.hang_up();
    assert_eq!(default.exit_status(), ExitStatus::Signal(1));
}

#[test]
fn a_stream_can_be_redirected_from_the_terminal() {
    let home = Home::new();
    let text = "test -t 0 && test ! -t 1 && test -t 2 && echo result; echo talk >&2";
    let program = home.program(home.script("program", text)).redirected(">result.txt");
    let screen = program.on_terminal(5, 20);
    assert_eq!(screen.wait(), 0);
    assert_eq!(screen.contents(), "talk");
    assert_eq!(home.snapshot().bytes("result.txt"), Some(&b"result\n"[..]));
}

#[test]
fn the_terminal_is_a_controlling_terminal_also_for_the_user_nobody() {
    let home = Home::new();
    let text = "echo from /dev/tty >/dev/tty && echo by name >\"$(tty)\"; id -u";
    let screen = home.program(home.script("program", text)).as_nobody().on_terminal(5, 40);
    assert_eq!(screen.wait(), 0, "{screen:?}");
    assert!(screen.contents().starts_with("from /dev/tty\nby name\n"), "{screen:?}");
    assert!(!screen.contents().ends_with("\n0"), "{screen:?}");
}

#[test]
fn an_orphan_is_detected_after_the_end() {
    let home = Home::new();
    let screen = screen(&home, "sleep 1000 </dev/null >/dev/null 2>&1 & echo done");
    assert_eq!(screen.wait(), 0);
    let left = home.processes();
    assert!(left.len() == 1 && left[0].command == "sleep 1000", "{left:?}");
    drop(screen);
    home.assert_no_process_is_left();
}

#[test]
fn dropping_a_screen_kills_the_program() {
    let home = Home::new();
    let screen = screen(&home, "trap '' HUP TERM INT; sleep 1000 & echo ready; sleep 1000");
    screen.wait_for("ready");
    drop(screen);
    home.assert_no_process_is_left();
}

#[test]
#[should_panic(
    expected = "\"None\" should be on the screen, but the program has ended (Some(Code(2)))"
)]
fn a_wait_for_text_fails_when_the_program_ends() {
    let home = Home::new();
    screen(&home, "echo Layer5; exit 2").wait_for("None");
}

#[test]
#[should_panic(
    expected = "killed by signal 9:\n----------------------------------------\nlast words\n"
)]
fn a_failed_wait_shows_the_screen() {
    let home = Home::new();
    screen(&home, "echo last words; kill -9 $$").wait();
}
