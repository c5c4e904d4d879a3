using Microsoft.Extensions.Options;

namespace LiveChat.Server.Hosting;

internal sealed class ChatOptionsValidator : IValidateOptions<ChatOptions>
{
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Year = TimeSpan.FromDays(365);

    public ValidateOptionsResult Validate(string? name, ChatOptions options)
    {
        var faults = new List<string>();
        AtLeast("Queue:MaxConcurrentByAgent", options.Queue.MaxConcurrentByAgent, 1);
        AtLeast("Queue:BroadcastLimit", options.Queue.BroadcastLimit, 1);
        AtLeast("Message:MaxLength", options.Message.MaxLength, 1);
        AtLeast("Message:MaxMetadataBytes", options.Message.MaxMetadataBytes, 2);
        Between("Queue:EntryTtl", options.Queue.EntryTtl, Least, Year);
        Between("Conversation:InactivityTimeout", options.Conversation.InactivityTimeout, Least, Year);
        Between("Conversation:MaxDuration", options.Conversation.MaxDuration, Least, Year);
        Between("Retention:ClosedConversations", options.Retention.ClosedConversations, TimeSpan.Zero, 100 * Year);
        Between("Agent:RequeueAfter", options.Agent.RequeueAfter, TimeSpan.Zero, Year);

        // These are timers' periods, which the runtime bounds.
        Between("Housekeeping:Interval", options.Housekeeping.Interval, Least, Day);
        Between("Queue:BroadcastInterval", options.Queue.BroadcastInterval, TimeSpan.Zero, Day);
        Between("Presence:DisconnectGrace", options.Presence.DisconnectGrace, TimeSpan.Zero, Day);
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void AtLeast(string key, int value, int least)
        {
            if (value < least)
                faults.Add($"Chat:{key} must be at least {least}, not {value}.");
        }

        void Between(string key, TimeSpan value, TimeSpan least, TimeSpan most)
        {
            if (value < least || value > most)
                faults.Add($"Chat:{key} must be between {least} and {most}, not {value}.");
        }
    }
}
