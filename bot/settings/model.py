"""Everything a desk is told: one frozen model, from a TOML file and the environment."""

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.settings.parts import (
    Backup,
    Catalogue,
    Log,
    Mail,
    Office,
    Privacy,
    Report,
    Roster,
    Security,
    Service,
    Storage,
    Supervisor,
    Telegram,
    Web,
    WhatsApp,
)


class Settings(BaseSettings):
    """Everything an office's desk needs to know. Environment (`MEJA_TELEGRAM__TOKEN`) goes over the file."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="MEJA_", env_nested_delimiter="__", hide_input_in_errors=True
    )

    office: Office
    service: Service = Service()
    roster: Roster = Roster()
    telegram: Telegram
    whatsapp: WhatsApp = WhatsApp()
    mail: Mail
    storage: Storage = Storage()
    web: Web = Web()
    supervisor: Supervisor = Supervisor()
    privacy: Privacy = Privacy()
    report: Report = Report()
    catalogue: Catalogue = Catalogue()
    backup: Backup = Backup()
    security: Security = Security()
    log: Log = Log()

    @property
    def telegram_webhook(self) -> str:
        """What Telegram calls; nothing where it is asked."""
        if self.telegram.mode == "polling":
            return ""
        return self.telegram.webhook_url or f"{self.web.public_url}/telegram/{self.office.code}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings
