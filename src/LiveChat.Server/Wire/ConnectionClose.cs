namespace LiveChat.Server.Wire;

internal static class ConnectionClose
{
    /// <summary>
    /// Has the client open another connection for its next call, whatever the answer turns out to be: said when that is begun, since a
    /// refusal takes back the headers that were set before it.
    /// </summary>
    public static void CloseConnection(this HttpResponse response) => response.OnStarting(
        static response =>
        {
            ((HttpResponse)response).Headers.Connection = "close";
            return Task.CompletedTask;
        },
        response);
}
