namespace LiveChat.Server.Pages;

/// <summary>What is served to browsers beside the API, section <c>Chat:Pages</c>.</summary>
public sealed class PagesOptions
{
    /// <summary>Whether <c>/widget.js</c> is served. Default true.</summary>
    public bool Widget { get; set; } = true;

    /// <summary>Whether the agent console is served at <c>/console/</c>. Default true.</summary>
    public bool Console { get; set; } = true;

    /// <summary>Whether the newcomer's page <c>/</c> and the sample shop <c>/demo/</c> are served. Default: in Development alone.</summary>
    public bool? Demo { get; set; }

    /// <summary>
    /// The address that browsers use for the gateway, <c>https://chat.example:9094</c>. Default: the host that the page was asked of, with the
    /// gateway's port. Behind a proxy it must be set.
    /// </summary>
    public string? Gateway { get; set; }
}
