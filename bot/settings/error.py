"""A configuration that cannot be used."""

from bot.findings import Finding, Wording


class ConfigError(Exception):
    """`findings` say file, key, what stands there and what is to stand there, in any language; never a secret."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__(*findings)
        self.findings = findings

    def told(self, lang: str) -> list[str]:
        """A line for each finding."""
        wording = Wording(lang)
        return [wording.line(finding) for finding in self.findings]

    def __str__(self) -> str:
        """For a log."""
        return "; ".join(self.told("en"))
