namespace LiveChat.Server.Realtime.Bus;

/// <summary>A conversation as it travels, with what is shown to nobody: rules about who may follow it look at that.</summary>
internal static class ConversationCodec
{
    public static byte[] Write(BusWriter writer, Conversation conversation)
    {
        writer.Id(conversation.Id);
        writer.Byte((byte)conversation.Status);
        writer.Text(conversation.Channel);
        writer.Text(conversation.Customer.Id);
        writer.Text(conversation.Customer.DisplayName);
        writer.Text(conversation.Customer.Phone);
        writer.Text(conversation.Metadata);
        writer.OptionalId(conversation.Chain);
        writer.Text(conversation.StartKey);
        writer.Text(conversation.Agent?.Id);
        writer.Text(conversation.Agent?.DisplayName);
        WritePlace(writer, conversation.Queue);
        writer.Number(conversation.LastSequence);
        writer.Flag(conversation.ClosedBy is not null);
        if (conversation.ClosedBy is { } side)
            writer.Byte((byte)side);
        writer.Text(conversation.CloseReason);
        writer.Time(conversation.CreatedAt);
        writer.Time(conversation.UpdatedAt);
        writer.Time(conversation.QueuedAt);
        writer.OptionalTime(conversation.AcceptedAt);
        writer.OptionalTime(conversation.ClosedAt);

        writer.Number(conversation.Read.Customer);
        writer.Number(conversation.Read.Agent);

        // A new field is written here, behind all others.
        return writer.Take();
    }

    public static Conversation Read(BusReader reader)
    {
        var conversation = new Conversation
        {
            Id = reader.Id(),
            Status = reader.Value<ConversationStatus>(),
            Channel = reader.Text(),
            Customer = new Customer(reader.Text(), reader.OptionalText(), reader.OptionalText()),
            Metadata = reader.OptionalText(),
            Chain = reader.OptionalId(),
            StartKey = reader.OptionalText(),
            Agent = (reader.OptionalText(), reader.OptionalText()) is ({ } id, var name) ? new Agent(id, name) : null,
            Queue = ReadPlace(ref reader),
            LastSequence = reader.Number(),
            ClosedBy = reader.Flag() ? reader.Value<ParticipantType>() : null,
            CloseReason = reader.OptionalText(),
            CreatedAt = reader.Time(),
            UpdatedAt = reader.Time(),
            QueuedAt = reader.Time(),
            AcceptedAt = reader.OptionalTime(),
            ClosedAt = reader.OptionalTime(),
        };

        // A new field is read here, and is what it is by default where reader.IsAtEnd: an older server wrote this.
        return reader.IsAtEnd ? conversation : conversation with { Read = new ReadMarkers(reader.Number(), reader.Number()) };
    }

    private static void WritePlace(BusWriter writer, QueuePlace? place)
    {
        writer.Flag(place is not null);
        if (place is null)
            return;

        writer.Number(place.Position);
        writer.Flag(place.EstimatedWaitSeconds is not null);
        if (place.EstimatedWaitSeconds is { } seconds)
            writer.Number(seconds);
    }

    private static QueuePlace? ReadPlace(ref BusReader reader) =>
        reader.Flag() ? new QueuePlace(reader.SmallNumber(), reader.Flag() ? reader.SmallNumber() : null) : null;
}
