namespace EngineIO.Protocol;

/// <summary>The forms that a polling body can have.</summary>
internal enum PayloadForm
{
    /// <summary>Packets joined by U+001E, binary ones as <c>b</c> and base64.</summary>
    Revision4,

    /// <summary>Each packet preceded by its length in UTF-16 code units and a colon, binary ones as <c>b4</c> and base64.</summary>
    Revision3Text,

    /// <summary>Each packet preceded by a kind byte, the digits of its length in bytes, and 0xFF.</summary>
    Revision3Binary,
}
