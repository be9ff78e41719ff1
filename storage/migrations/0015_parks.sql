-- A chat that is to be left alone is one of a channel: numbers of telephones and of Telegram's chats look alike.
ALTER TABLE parks ADD COLUMN channel TEXT NOT NULL DEFAULT 'telegram';
