namespace SocketIO;

/// <summary>Why the server refuses a CONNECT by itself, where no middleware does. For <see cref="SocketIOOptions.RefusalData"/>.</summary>
public enum ConnectRefusal
{
    /// <summary>There is no such namespace, and none may be made (<see cref="SocketIOOptions.MaxDynamicNamespaces"/>, <see cref="SocketIOOptions.MaxNamespaceLength"/>).</summary>
    InvalidNamespace,

    /// <summary>The connection is in <see cref="SocketIOOptions.MaxNamespacesPerConnection"/> namespaces.</summary>
    TooManyNamespaces,

    /// <summary>The auth is nested deeper than <see cref="SocketIOOptions.MaxDepth"/>.</summary>
    AuthTooDeep,

    /// <summary>A middleware threw something other than <see cref="ConnectRefusedException"/>.</summary>
    MiddlewareFailed,
}

/// <summary>What the client is told of each.</summary>
internal static class ConnectRefusals
{
    /// <summary>The message of CONNECT_ERROR; that of a namespace that does not exist is the reference's.</summary>
    public static string MessageOf(ConnectRefusal refusal) => refusal switch
    {
        ConnectRefusal.InvalidNamespace => "Invalid namespace",
        ConnectRefusal.TooManyNamespaces => "Too many namespaces",
        ConnectRefusal.AuthTooDeep => "The auth is nested too deep.",
        _ => "Internal error",
    };
}
