# The formula of Homebrew on Linux. .ci/release/make fills in version and checksums.
class Mesheryctl < Formula
  desc "Sign in to Meshery from the command line"
  homepage "https://meshery.io"
  version "@VERSION@"
  license "Apache-2.0"

  depends_on :linux

  on_intel do
    url "https://github.com/meshery/meshery/releases/download/mesheryctl-v@VERSION@/mesheryctl-@VERSION@-x86_64-linux.tar.gz"
    sha256 "@SHA256_X86_64@"
  end

  on_arm do
    url "https://github.com/meshery/meshery/releases/download/mesheryctl-v@VERSION@/mesheryctl-@VERSION@-aarch64-linux.tar.gz"
    sha256 "@SHA256_AARCH64@"
  end

  def install
    bin.install "mesheryctl"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/mesheryctl.bash" => "mesheryctl"
    zsh_completion.install "completions/mesheryctl.zsh" => "_mesheryctl"
    fish_completion.install "completions/mesheryctl.fish"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/mesheryctl version")
  end
end
